import { describe, expect, it } from 'vitest';
import { acTable, dcTable } from '../../../../src/imaging/read/jpeg/huffman.js';
import { seeded } from '../../../support/random.js';

const ENDED = 128;

/** Of some symbols the counts of codes of each length, at random, as an encoder makes them: never a code of ones only. */
function countsOf(symbols: Uint8Array, random: () => number): Uint8Array {
  const counts = new Uint8Array(16);
  let [left, room] = [symbols.length, 2];
  for (let bits = 0; bits < 16; bits++, room *= 2) {
    // So many that the rest fit into the lengths that are left.
    const most = Math.min(
      left,
      room - 1,
      Math.floor((room * 2 ** (15 - bits) - 1 - left) / 2 ** (15 - bits)),
    );
    const count = bits === 15 ? left : Math.max(0, Math.floor(random() ** 2 * (most + 1)));
    counts[bits] = count;
    left -= count;
    room -= count;
  }
  return counts;
}

/** One code after the other: T.81 F.2.2.1 to F.2.2.3. */
function slowly(codes: Uint16Array, bits: number, width: number) {
  const word = bits << (30 - width);
  const found: { end: number; steps: number; value: number }[] = [];
  for (let used = 0; used < width; ) {
    const code = codes[((word << used) & (2 ** 30 - 1)) >> 14] ?? 0;
    const [length, size, run] = [code & 31, (code >> 8) & 15, code >> 12];
    used += length + size;
    if (code === 0 || used > width) break;
    const read = (bits >> (width - used)) & (2 ** size - 1);
    const value = size > 0 && read < 2 ** (size - 1) ? read + 1 - 2 ** size : read;
    const ended = size === 0 && run < 15;
    found.push({ end: used, steps: ended ? ENDED : run + 1, value });
    if (ended) break;
  }
  return found;
}

describe('a Huffman table, unfolded', () => {
  const random = seeded(3);
  const tables = [20, 80, 162].map((length) => {
    const all = Array.from({ length: 256 }, (_, symbol) => symbol).filter((symbol) => (symbol & 15) <= 10);
    const symbols = Uint8Array.from(
      { length },
      () => all.splice(Math.floor(random() * all.length), 1)[0] ?? 0,
    );
    const table = acTable(countsOf(symbols, random), symbols);
    if (table === undefined) throw new Error('no such table');
    return table;
  });

  it('says of 12 bits the first two coefficients', () => {
    for (const { codes, pairs } of tables)
      for (let bits = 0; bits < 1 << 12; bits++) {
        const [one, two] = slowly(codes, bits, 12);
        const [steps = 0, values = 0] = pairs.subarray(2 * bits, 2 * bits + 2);
        expect([
          steps & 63,
          (steps >> 8) & 255,
          (steps >> 16) & 255,
          (values << 16) >> 16,
          values >> 16,
        ]).toEqual(
          [(two ?? one)?.end, one?.steps, two?.steps, one?.value, two?.value].map((known) => known ?? 0),
        );
      }
  });

  it('says of 14 bits how far all of them lead that are whole, and of none that it leads nowhere', () => {
    for (const { codes, leaps } of tables)
      for (let bits = 0; bits < 1 << 14; bits++) {
        // A block has 64.
        let [end, sum] = [0, 0];
        for (const one of slowly(codes, bits, 14)) {
          if (one.steps < ENDED && sum + one.steps > 63) break;
          [end, sum] = [one.end, sum + one.steps];
        }
        expect([(leaps[bits] ?? 0) & 63, (leaps[bits] ?? 0) >> 6]).toEqual([end, end === 0 ? 63 : sum]);
      }
  });

  it('says of 12 bits a difference of DC', () => {
    const symbols = Uint8Array.from({ length: 12 }, (_, size) => size);
    const { codes, values } = dcTable(countsOf(symbols, random), symbols) ?? {};
    for (const [bits, entry] of (values ?? []).entries()) {
      const [one] = slowly(codes ?? new Uint16Array(0), bits, 12);
      expect([entry & 63, entry >> 16]).toEqual([one?.end ?? 0, one?.value ?? 0]);
    }
    expect(values).toHaveLength(1 << 12);
  });

  it('is none where there are more codes than bits', () => {
    const counts = new Uint8Array(16).fill(2, 0, 2);
    expect(acTable(counts, new Uint8Array(4))).toBeUndefined();
    expect(dcTable(counts, new Uint8Array(4))).toBeUndefined();
  });
});
