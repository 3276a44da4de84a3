/** Huffman tables of JPEG (ITU-T T.81 annexes C and F.2), unfolded so that one look tells as much as possible. */

/** Bits that are looked at for a coefficient with its value, and for some coefficients that nobody wants. */
const LOOK = 12;
const LEAP = 14;
/** Of an entry's zigzag steps: the block has ended. */
const ENDED = 128;

export interface HuffmanTable {
  /** By the next 16 bits: bits of the code, and its symbol from bit 8 on; 0 where there is no such code. */
  readonly codes: Uint16Array;
  /** By the next 12 bits: bits of code and value, steps along the zigzag from bit 5 on, value from bit 16 on; 0 where it takes more. */
  readonly values: Int32Array;
  /** By the next 14 bits: bits of as many coefficients as fit whole, their steps from bit 5 on, and bit 15 for a block's end. */
  readonly leaps: Uint16Array;
}

const cache = new Map<string, HuffmanTable | undefined>();
const CACHED = 16;

/** Of a table's 16 counts and its symbols. Undefined where there are more codes than bits. */
export function huffmanTable(counts: Uint8Array, symbols: Uint8Array): HuffmanTable | undefined {
  // Most files have the tables of annex K.3; encoders that optimise make new ones for each.
  const key = Buffer.concat([counts, symbols]).toString('latin1');
  if (!cache.has(key)) {
    if (cache.size >= CACHED) cache.clear();
    cache.set(key, unfold(counts, symbols));
  }
  return cache.get(key);
}

function unfold(counts: Uint8Array, symbols: Uint8Array): HuffmanTable | undefined {
  const codes = new Uint16Array(1 << 16);
  let [at, used] = [0, 0];
  for (let bits = 1; bits <= 16; bits++)
    for (let i = 0; i < (counts[bits - 1] ?? 0); i++) {
      const wide = 1 << (16 - bits);
      if (used + wide > 1 << 16 || at >= symbols.length) return undefined;
      codes.fill(bits | ((symbols[at++] ?? 0) << 8), used, used + wide);
      used += wide;
    }
  const values = new Int32Array(1 << LOOK);
  for (let bits = 0; bits < values.length; bits++) values[bits] = valueAt(codes, bits);
  const leaps = new Uint16Array(1 << LEAP);
  for (let bits = 0; bits < leaps.length; bits++) leaps[bits] = leapAt(codes, bits);
  return { codes, values, leaps };
}

function valueAt(codes: Uint16Array, bits: number): number {
  const code = codes[bits << (16 - LOOK)] ?? 0;
  const [size, run] = [(code >> 8) & 15, code >> 12];
  const length = (code & 31) + size;
  if (code === 0 || length > LOOK) return 0;
  if (size === 0) return length | ((run === 15 ? 16 : ENDED) << 5);
  return length | ((run + 1) << 5) | (extend((bits >> (LOOK - length)) & ((1 << size) - 1), size) << 16);
}

function leapAt(codes: Uint16Array, bits: number): number {
  let [used, steps] = [0, 0];
  for (;;) {
    const code = codes[((bits << used) & ((1 << LEAP) - 1)) << (16 - LEAP)] ?? 0;
    const [size, run] = [(code >> 8) & 15, code >> 12];
    const length = (code & 31) + size;
    if (code === 0 || used + length > LEAP || steps + run + 1 > 63) return used | (steps << 5);
    used += length;
    if (size === 0 && run !== 15) return used | (steps << 5) | 0x8000;
    steps += run + 1;
  }
}

/** F.2.2.1: half of the values of so many bits are negative. */
function extend(value: number, size: number): number {
  return value < 1 << (size - 1) ? value + 1 - (1 << size) : value;
}
