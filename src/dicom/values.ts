/**
 * Values of elements as strings and numbers. Every reader takes a dataset and a tag and gives `undefined` where
 * the element is absent, empty, a sequence, or not of the kind asked for; none throws on what a file holds.
 */
import { decodeText } from './charset.js';
import { contextOf } from './context.js';
import type { Dataset, Tag, ValueElement } from './dataset.js';
import { vrOf } from './dictionary.js';
import { unitOf } from './vr.js';

/** VRs whose text is in the Specific Character Set (PS3.5 6.1.2.2); the others are ASCII. */
const LOCALISED = new Set(['LO', 'LT', 'PN', 'SH', 'ST', 'UC', 'UT', 'UN']);
/** VRs of one value, where a backslash is text and leading spaces count (PS3.5 6.2). */
const SINGLE = new Set(['LT', 'ST', 'UT', 'UR']);
const BINARY = new Set([
  'OB',
  'OD',
  'OF',
  'OL',
  'OV',
  'OW',
  'US',
  'SS',
  'UL',
  'SL',
  'FL',
  'FD',
  'AT',
  'UV',
  'SV',
]);

/** The value element of a tag; undefined where it is absent or a sequence or encapsulated. */
export function valueElement(dataset: Dataset, tag: Tag): ValueElement | undefined {
  const element = dataset.get(tag);
  return element?.kind === 'value' ? element : undefined;
}

/** The first value as text, trimmed of padding; the whole text for LT, ST, UT, UR. Empty counts as absent. */
export function text(dataset: Dataset, tag: Tag): string | undefined {
  return texts(dataset, tag)[0] || undefined;
}

/** All values as text, trimmed of padding, empty ones included; none where the element is absent or empty. */
export function texts(dataset: Dataset, tag: Tag): readonly string[] {
  const element = valueElement(dataset, tag);
  return element === undefined ? [] : textsOf(element, dataset);
}

/** As `texts`, of an element at hand; `dataset` gives the character set. */
export function textsOf(element: ValueElement, dataset: Dataset): readonly string[] {
  const vr = knownVR(element);
  if (element.bytes.length === 0 || BINARY.has(vr)) return [];
  const single = SINGLE.has(vr);
  const decoded = LOCALISED.has(vr)
    ? decodeText(element.bytes, characterSets(dataset), !single)
    : decodeText(element.bytes, []);
  if (single) return [decoded.replace(/[\0 ]+$/, '')];
  return decoded.split('\\').map((value) => value.replace(/^ +|[\0 ]+$/g, ''));
}

/** Specific Character Set in force for a dataset: its own or that of the nearest dataset around it. */
export function characterSets(dataset: Dataset): readonly string[] {
  for (let at: Dataset | undefined = dataset; at !== undefined; at = contextOf(at).parent) {
    const element = valueElement(at, '00080005');
    if (element !== undefined && element.bytes.length > 0 && element.bytes.length < 256) {
      return decodeText(element.bytes, [])
        .split('\\')
        .map((term) => term.replace(/[\0 ]+$/, ''));
    }
  }
  return [];
}

/** The first value as a number; see `numbers`. */
export function number(dataset: Dataset, tag: Tag): number | undefined {
  return numbers(dataset, tag)?.[0];
}

/** The first value where it is an integer (also `12.0` of a DS); see `numbers`. */
export function int(dataset: Dataset, tag: Tag): number | undefined {
  const value = number(dataset, tag);
  return Number.isInteger(value) ? value : undefined;
}

/** All values where all are integers; see `numbers`. */
export function ints(dataset: Dataset, tag: Tag): readonly number[] | undefined {
  const values = numbers(dataset, tag);
  return values?.every(Number.isInteger) ? values : undefined;
}

/**
 * All values as numbers: binary VRs in the dataset's byte order (OW as unsigned words, OB and UN as bytes, UV and SV
 * rounded to doubles), DS and IS parsed. Undefined where the element is absent, empty, or any value is no number.
 */
export function numbers(dataset: Dataset, tag: Tag): readonly number[] | undefined {
  const element = valueElement(dataset, tag);
  if (element === undefined || element.bytes.length === 0) return undefined;
  return numbersOf(element, contextOf(dataset).littleEndian, dataset);
}

function numbersOf(
  element: ValueElement,
  littleEndian: boolean,
  dataset: Dataset,
): readonly number[] | undefined {
  const { bytes } = element;
  const vr = knownVR(element);
  if (!BINARY.has(vr) && vr !== 'UN') {
    const values = textsOf(element, dataset).map((value) => (value === '' ? Number.NaN : Number(value)));
    return values.every(Number.isFinite) ? values : undefined;
  }
  const read = reader(vr, new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), littleEndian);
  const unit = unitOf(vr);
  const values = new Array<number>(Math.floor(bytes.length / unit));
  for (let i = 0; i < values.length; i++) values[i] = read(i * unit);
  return values.length === 0 ? undefined : values;
}

function reader(vr: string, view: DataView, little: boolean): (at: number) => number {
  switch (vr) {
    case 'US':
    case 'OW':
    case 'AT':
      return (at) => view.getUint16(at, little);
    case 'SS':
      return (at) => view.getInt16(at, little);
    case 'UL':
    case 'OL':
      return (at) => view.getUint32(at, little);
    case 'SL':
      return (at) => view.getInt32(at, little);
    case 'FL':
    case 'OF':
      return (at) => view.getFloat32(at, little);
    case 'FD':
    case 'OD':
      return (at) => view.getFloat64(at, little);
    case 'UV':
    case 'OV':
      return (at) => Number(view.getBigUint64(at, little));
    case 'SV':
      return (at) => Number(view.getBigInt64(at, little));
    default:
      return (at) => view.getUint8(at);
  }
}

/** The tags an AT element points at. */
export function tags(dataset: Dataset, tag: Tag): readonly Tag[] {
  const words = valueElement(dataset, tag)?.vr === 'AT' ? (numbers(dataset, tag) ?? []) : [];
  const hex = (word: number | undefined) => (word ?? 0).toString(16).padStart(4, '0');
  return Array.from({ length: words.length >> 1 }, (_, i) => hex(words[2 * i]) + hex(words[2 * i + 1]));
}

/** The items of a sequence; none where the element is absent or not one. */
export function items(dataset: Dataset, tag: Tag): readonly Dataset[] {
  const element = dataset.get(tag);
  return element?.kind === 'sequence' ? element.items : [];
}

export interface PersonName {
  /** Component groups (PS3.5 6.2.1), each `family^given^middle^prefix^suffix`, empty where absent. */
  readonly alphabetic: string;
  readonly ideographic: string;
  readonly phonetic: string;
}

/** The component groups of one PN value. */
export function personName(value: string): PersonName {
  const [alphabetic = '', ideographic = '', phonetic = ''] = value.split('=').map((group) => group.trim());
  return { alphabetic, ideographic, phonetic };
}

/** A public element that somebody wrote as UN still has the VR of the registry (PS3.5 6.2.2). */
function knownVR({ tag, vr }: ValueElement): string {
  if (vr !== 'UN') return vr;
  const registered = vrOf(tag);
  return registered.length === 2 && registered !== 'SQ' ? registered : 'UN';
}
