import { CxrError } from '../../errors.js';
import type { Attributes } from './attributes.js';
import { type Lut, readDescriptor, readLut } from './lut.js';

/** Red, green and blue tables (PS3.3 C.7.6.3.1.5, C.7.6.3.1.6). */
export type Palette = readonly [Lut, Lut, Lut];

const COLOURS = [
  { descriptor: '00281101', data: '00281201', segmented: '00281221' },
  { descriptor: '00281102', data: '00281202', segmented: '00281222' },
  { descriptor: '00281103', data: '00281203', segmented: '00281223' },
] as const;

/** @throws CxrError BAD_LUT if a table is missing or does not hold what its descriptor says. */
export function readPalette(attributes: Attributes, signed: boolean): Palette {
  const [red, green, blue] = COLOURS.map(({ descriptor, data, segmented }) =>
    attributes.has(segmented)
      ? readSegmented(attributes, descriptor, segmented, signed)
      : readLut(attributes, descriptor, data, signed),
  );
  if (red === undefined || green === undefined || blue === undefined)
    throw new CxrError('BAD_LUT', 'palette');
  const tables = [red, green, blue];
  // Some writers declare 16 bits and store 8: nothing else has three tables without a value above 255.
  const narrow = tables.every((lut) => lut.bits > 8 && lut.entries.every((entry) => entry <= 0xff));
  const bits = narrow ? 8 : red.bits;
  return [
    { ...red, bits },
    { ...green, bits },
    { ...blue, bits },
  ];
}

function readSegmented(from: Attributes, descriptorTag: string, tag: string, signed: boolean): Lut {
  const { count, first, bits } = readDescriptor(from, descriptorTag, signed);
  const source = bits <= 8 ? from.bytes(tag) : from.wordArray(tag);
  return { entries: expand(source, count, bits <= 8), first, bits };
}

/**
 * Expands segments (PS3.3 C.7.9.2): 0 discrete `n, v…`; 1 linear `n, y1`, from the last entry to y1 in n steps;
 * 2 indirect `n, offset`, n segments again from a byte offset, two values, least significant first. An indirect
 * segment may not lead to another one.
 */
function expand(source: Uint8Array | Uint16Array, count: number, narrow: boolean): Uint16Array {
  const entries = new Uint16Array(count);
  let filled = 0;
  const take = (at: number): number => {
    const value = source[at];
    if (value === undefined) throw new CxrError('BAD_LUT', 'a segment ends early');
    return value;
  };
  const put = (value: number): void => {
    if (filled === count) throw new CxrError('BAD_LUT', 'segments of more entries than declared');
    entries[filled++] = value;
  };

  /** @returns the position after the segment. */
  const segment = (at: number, nested: boolean): number => {
    const kind = take(at);
    const length = take(at + 1);
    if (kind === 0) {
      for (let i = 0; i < length; i++) put(take(at + 2 + i));
      return at + 2 + length;
    }
    if (kind === 1 && filled > 0) {
      const start = entries[filled - 1] ?? 0;
      const end = take(at + 2);
      for (let i = 1; i <= length; i++) put(Math.round(start + ((end - start) * i) / length));
      return at + 3;
    }
    if (kind === 2 && !nested) {
      const [low, high] = narrow
        ? [take(at + 2) | (take(at + 3) << 8), take(at + 4) | (take(at + 5) << 8)]
        : [take(at + 2), take(at + 3)];
      let position = (low + high * 0x10000) / (narrow ? 1 : 2);
      for (let i = 0; i < length; i++) position = segment(position, true);
      return at + (narrow ? 6 : 4);
    }
    throw new CxrError('BAD_LUT', `segment type ${kind}`);
  };

  let position = 0;
  while (filled < count) position = segment(position, false);
  return entries;
}
