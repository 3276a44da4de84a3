/** The DICOM JSON Model (PS3.18 Annex F) without bulk data. */
import { contextOf } from './context.js';
import type { Dataset, Element, ValueElement } from './dataset.js';
import { vrOf } from './dictionary.js';
import { numbers, personName, tags, textsOf } from './values.js';

export interface JsonElement {
  readonly vr: string;
  readonly Value?: readonly unknown[];
}
export type DicomJson = Readonly<Record<string, JsonElement>>;

const BULK = new Set(['OB', 'OD', 'OF', 'OL', 'OV', 'OW', 'UN']);
const NUMERIC = new Set(['DS', 'IS', 'US', 'SS', 'UL', 'SL', 'FL', 'FD']);
/** JSON numbers are doubles; these may be larger (PS3.18 F.2.2 allows strings). */
const WIDE = new Set(['SV', 'UV']);

/**
 * A dataset as PS3.18 F.2 has it: keys are tags in upper case, ascending; empty values are left out within an
 * element and `null` between others. Elements of bulk VRs (OB, OW, ..., UN) and pixel data are left out whole,
 * without BulkDataURI: the image has its own place. Group lengths are left out.
 */
export function toDicomJson(dataset: Dataset): DicomJson {
  const json: Record<string, JsonElement> = {};
  for (const element of dataset.values()) {
    const converted = element.tag.endsWith('0000') ? undefined : convert(element, dataset);
    if (converted !== undefined) json[element.tag.toUpperCase()] = converted;
  }
  return json;
}

function convert(element: Element, dataset: Dataset): JsonElement | undefined {
  if (element.kind === 'fragments') return undefined;
  if (element.kind === 'sequence') {
    const items = element.items.map(toDicomJson);
    return items.length === 0 ? { vr: 'SQ' } : { vr: 'SQ', Value: items };
  }
  const vr = vrOfValue(element);
  if (BULK.has(vr)) return undefined;
  const values = valuesOf(element, vr, dataset);
  return values.every((value) => value === null) ? { vr } : { vr, Value: values };
}

/** The `Value` of one element (F.2.2); undefined for bulk VRs and where there is no value. */
export function jsonValue(element: ValueElement, dataset: Dataset): readonly unknown[] | undefined {
  return convert(element, dataset)?.Value;
}

function vrOfValue({ tag, vr }: ValueElement): string {
  return vr === 'UN' && vrOf(tag).length === 2 ? vrOf(tag) : vr;
}

function valuesOf(element: ValueElement, vr: string, dataset: Dataset): readonly unknown[] {
  if (vr === 'AT') return tags(dataset, element.tag).map((tag) => tag.toUpperCase());
  if (WIDE.has(vr)) return integers(element, vr, dataset);
  if (NUMERIC.has(vr)) {
    const values = numbers(dataset, element.tag);
    // F.2.3.1: where a DS or IS is no number, its text tells more than nothing.
    if (values !== undefined || (vr !== 'DS' && vr !== 'IS')) return values ?? [];
    return textsOf(element, dataset).map((value) => numberOrText(value));
  }
  const values = textsOf(element, dataset).map((value) => (value === '' ? null : value));
  return vr === 'PN' ? values.map((value) => (value === null ? null : nameGroups(value))) : values;
}

function numberOrText(value: string): number | string | null {
  if (value === '') return null;
  const number = Number(value);
  return Number.isFinite(number) ? number : value;
}

/** F.2.2: component groups that are there, by name. */
function nameGroups(value: string): Record<string, string> {
  const { alphabetic, ideographic, phonetic } = personName(value);
  return {
    ...(alphabetic && { Alphabetic: alphabetic }),
    ...(ideographic && { Ideographic: ideographic }),
    ...(phonetic && { Phonetic: phonetic }),
  };
}

function integers({ bytes }: ValueElement, vr: string, dataset: Dataset): readonly (number | string)[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const little = contextOf(dataset).littleEndian;
  return Array.from({ length: bytes.length >> 3 }, (_, i) => {
    const value = vr === 'SV' ? view.getBigInt64(i * 8, little) : view.getBigUint64(i * 8, little);
    return Number.isSafeInteger(Number(value)) ? Number(value) : value.toString();
  });
}
