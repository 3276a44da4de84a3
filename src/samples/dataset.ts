import type { Dataset, Element } from '../dicom/dataset.js';
import { attributeOf, tagOf } from '../dicom/dictionary.js';

/** A value of a sample header: text (several values joined by a backslash), numbers, bytes, items. */
export type Value = string | readonly number[] | Uint8Array | readonly Dataset[];

/** Keyword or eight hex digits, with `:VR` where the dictionary leaves a choice or knows nothing. */
export type Header = Readonly<Record<string, Value | Element | undefined>>;

export interface Encoding {
  readonly littleEndian: boolean;
  /** Of text; UTF-8 under ISO_IR 192, else latin1, which passes ISO 2022 escapes through. */
  readonly charset: 'utf8' | 'latin1';
}

/** A dataset of the given values, in ascending tag order; undefined leaves an attribute out. */
export function dataset(header: Header, encoding: Encoding): Dataset {
  const elements = Object.entries(header)
    .filter((entry): entry is [string, Value | Element] => entry[1] !== undefined)
    .map(([name, value]) => toElement(name, value, encoding));
  return new Map(elements.sort((a, b) => (a.tag < b.tag ? -1 : 1)).map((e) => [e.tag, e]));
}

function toElement(name: string, value: Value | Element, encoding: Encoding): Element {
  if (typeof value === 'object' && 'kind' in value) return value;
  const [key, given] = name.split(':') as [string, string?];
  const tag = /^[0-9a-f]{8}$/.test(key) ? key : tagOf(key);
  const vr = given ?? (tag ? attributeOf(tag)?.vr : undefined);
  if (!tag || !vr) throw new Error(`${name}: no such attribute`);
  if (typeof value === 'string')
    return { kind: 'value', tag, vr, bytes: Buffer.from(value, encoding.charset) };
  if (value instanceof Uint8Array) return { kind: 'value', tag, vr, bytes: value };
  if (vr === 'SQ') return { kind: 'sequence', tag, vr, items: value as readonly Dataset[] };
  return { kind: 'value', tag, vr, bytes: binary(vr, value as readonly number[], encoding.littleEndian) };
}

function binary(vr: string, values: readonly number[], littleEndian: boolean): Uint8Array {
  const size = { US: 2, SS: 2, UL: 4, FD: 8 }[vr];
  if (!size) throw new Error(`${vr} takes no numbers here`);
  const view = new DataView(new ArrayBuffer(values.length * size));
  values.forEach((v, i) => {
    if (size === 2) view.setUint16(i * 2, v & 0xffff, littleEndian);
    else if (size === 4) view.setUint32(i * 4, v, littleEndian);
    else view.setFloat64(i * 8, v, littleEndian);
  });
  return new Uint8Array(view.buffer);
}
