import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeRle } from '../../../../src/dicom/codecs/rle.js';
import { encodeRle } from '../../../../src/dicom/encode/rle.js';

describe('RLE', () => {
  it('decodes to the same samples, 8, 16 and 32 bits, one and three samples', () => {
    const shape = fc.record({
      rows: fc.integer({ min: 1, max: 9 }),
      columns: fc.integer({ min: 1, max: 300 }),
      samples: fc.constantFrom<1 | 3>(1, 3),
      bits: fc.constantFrom(8, 16, 32),
      // Few values make runs, many make literals.
      values: fc.constantFrom(1, 2, 3, 2 ** 30),
      seed: fc.integer({ min: 1, max: 2 ** 31 - 1 }),
    });
    fc.assert(
      fc.property(shape, ({ rows, columns, samples, bits, values, seed }) => {
        let state = seed;
        const next = () => {
          state = Math.imul(state, 48271) % 2147483647;
          return Math.abs(state) % values;
        };
        const plain = Array.from({ length: rows * columns * samples }, next);
        const data =
          bits === 8
            ? Uint8Array.from(plain)
            : bits === 16
              ? Uint16Array.from(plain)
              : Uint32Array.from(plain);
        const bytes = encodeRle({ rows, columns, samples, data });
        const frame = {
          bytes,
          rows,
          columns,
          samples,
          bitsAllocated: bits,
          bitsStored: bits,
          signed: false,
          reduce: 0,
        };
        const decoded = decodeRle({ ...frame, photometric: samples === 3 ? 'RGB' : 'MONOCHROME2' });
        expect(Array.from(decoded.data)).toEqual(Array.from(data));
        expect(bytes.length % 2).toBe(0);
      }),
    );
  });

  it('packs the rows of the standard’s scheme one by one', () => {
    // Two rows of five equal bytes: two runs, never one of ten (PS3.5 G.3.1).
    const bytes = encodeRle({ rows: 2, columns: 5, samples: 1, data: new Uint8Array(10).fill(9) });
    expect([...bytes.subarray(64)]).toEqual([252, 9, 252, 9]);
  });
});
