import type { Dataset, DicomFile, Element } from '../../../../src/dicom/dataset.js';
import type { NativeFrame } from '../../../../src/dicom/frames.js';

type Value = string | readonly number[] | readonly Dataset[];

export type Row = readonly [tag: string, vr: string, value: Value];

/** A dataset from `[tag, VR, value]`: text, 16-bit words, or items. */
export function datasetOf(...elements: readonly Row[]): Dataset {
  return new Map(elements.map(([tag, vr, value]) => [tag, elementOf(tag, vr, value)]));
}

function elementOf(tag: string, vr: string, value: Value): Element {
  if (typeof value === 'string') return { tag, vr, kind: 'value', bytes: Buffer.from(value) };
  if (vr === 'SQ') return { tag, vr, kind: 'sequence', items: value as readonly Dataset[] };
  if (vr === 'OB') return { tag, vr, kind: 'value', bytes: Uint8Array.from(value as readonly number[]) };
  const words = Uint16Array.from(value as readonly number[], (word) => word & 0xffff);
  return { tag, vr, kind: 'value', bytes: new Uint8Array(words.buffer) };
}

export function fileOf(...elements: readonly Row[]): DicomFile {
  return {
    meta: new Map(),
    dataset: datasetOf(...elements),
    transferSyntax: '1.2.840.10008.1.2.1',
    littleEndian: true,
    explicitVR: true,
    byteLength: 0,
  };
}

/** One row of 12-bit samples, unless told. */
export function frameOf(data: NativeFrame['data'], about: Partial<NativeFrame> = {}): NativeFrame {
  const signed = data instanceof Int8Array || data instanceof Int16Array || data instanceof Int32Array;
  const samples = about.samples ?? 1;
  const columns = data.length / samples;
  const fixed = { rows: 1, columns, planar: false, bitsStored: 12, photometric: 'MONOCHROME2' } as const;
  return { ...fixed, samples, signed, data, ...about };
}

/** A window as the file says it. */
export const windowed = (center: number, width: number, shape?: string) =>
  [
    ['00281050', 'DS', String(center)],
    ['00281051', 'DS', String(width)],
    ...(shape === undefined ? [] : [['00281056', 'CS', shape] as const]),
  ] as const;

/** A LUT item: descriptor and data. */
export const lutItem = (first: number, bits: number, entries: readonly number[], vr = 'US') =>
  datasetOf(['00283002', vr, [entries.length, first, bits]], ['00283006', 'OW', entries]);
