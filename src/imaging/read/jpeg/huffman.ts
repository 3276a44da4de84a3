/** Huffman tables of JPEG (ITU-T T.81 annexes C and F.2), unfolded so that one look tells as much as possible. */

/** Bits that are looked at for coefficients with their values, and for some coefficients that nobody wants. */
const LOOK = 12;
const LEAP = 14;
/** Of an entry's zigzag steps: the block has ended. */
const ENDED = 128;
/** Of a leap's zigzag steps: from nowhere in a block. */
const NOWHERE = 63;

/** By the next 16 bits: bits of the code, and its symbol from bit 8 on; 0 where there is no such code. */
type Codes = Uint16Array;

export interface DcTable {
  readonly codes: Codes;
  /** By the next 12 bits: bits of code and value in the lowest six, value from bit 16 on; 0 where it takes more. */
  readonly values: Int32Array;
}

export interface AcTable {
  readonly codes: Codes;
  /**
   * By the next 12 bits, two numbers for as many coefficients as fit whole, at most two: their bits (from bit 0), and the
   * steps of each along the zigzag (from bits 8 and 16); their values (from bits 0 and 16). 0 where one takes more.
   */
  readonly pairs: Int32Array;
  /** By the next 14 bits: bits of as many coefficients as fit whole, their steps from bit 6 on. */
  readonly leaps: Uint16Array;
}

export const dcTable = kept((codes): DcTable => {
  const values = new Int32Array(1 << LOOK);
  for (let bits = 0; bits < values.length; bits++) values[bits] = coefficientAt(codes, bits, LOOK);
  return { codes, values };
});

export const acTable = kept((codes): AcTable => {
  const pairs = new Int32Array(2 << LOOK);
  for (let bits = 0; bits < 1 << LOOK; bits++) {
    const one = coefficientAt(codes, bits, LOOK);
    const alone = one === 0 || stepsOf(one) === ENDED;
    const two = alone ? 0 : coefficientAt(codes, bits, LOOK, lengthOf(one));
    pairs[2 * bits] = (lengthOf(one) + lengthOf(two)) | (stepsOf(one) << 8) | (stepsOf(two) << 16);
    pairs[2 * bits + 1] = (one >>> 16) | ((two >>> 16) << 16);
  }
  const leaps = new Uint16Array(1 << LEAP);
  for (let bits = 0; bits < leaps.length; bits++) leaps[bits] = leapAt(codes, bits);
  return { codes, pairs, leaps };
});

/**
 * Of a table's 16 counts and its symbols; undefined where there are more codes than bits. Most files have the tables of
 * annex K.3; encoders that optimise make new ones for each.
 */
function kept<T>(tableOf: (codes: Codes) => T) {
  const cache = new Map<string, T | undefined>();
  const most = 16;
  return (counts: Uint8Array, symbols: Uint8Array): T | undefined => {
    const key = Buffer.concat([counts, symbols]).toString('latin1');
    if (!cache.has(key)) {
      if (cache.size >= most) cache.clear();
      const codes = unfold(counts, symbols);
      cache.set(key, codes && tableOf(codes));
    }
    return cache.get(key);
  };
}

function unfold(counts: Uint8Array, symbols: Uint8Array): Codes | undefined {
  const codes = new Uint16Array(1 << 16);
  let [at, used] = [0, 0];
  for (let bits = 1; bits <= 16; bits++)
    for (let i = 0; i < (counts[bits - 1] ?? 0); i++) {
      const wide = 1 << (16 - bits);
      if (used + wide > 1 << 16 || at >= symbols.length) return undefined;
      codes.fill(bits | ((symbols[at++] ?? 0) << 8), used, used + wide);
      used += wide;
    }
  return codes;
}

/**
 * Of the next `width` bits, `used` already: bits of code and value, steps along the zigzag from bit 8 on, value from bit 16
 * on. 0 where it takes more, or there is no such code.
 */
function coefficientAt(codes: Codes, bits: number, width: number, used = 0): number {
  const code = codes[((bits << used) & ((1 << width) - 1)) << (16 - width)] ?? 0;
  const [size, run] = [(code >> 8) & 15, code >> 12];
  const length = (code & 31) + size;
  if (code === 0 || used + length > width) return 0;
  if (size === 0) return length | ((run === 15 ? 16 : ENDED) << 8);
  const value = (bits >> (width - used - length)) & ((1 << size) - 1);
  return length | ((run + 1) << 8) | (extend(value, size) << 16);
}

const lengthOf = (coefficient: number) => coefficient & 255;
const stepsOf = (coefficient: number) => (coefficient >> 8) & 255;

function leapAt(codes: Codes, bits: number): number {
  let [used, steps] = [0, 0];
  for (;;) {
    const next = coefficientAt(codes, bits, LEAP, used);
    if (next === 0 && used === 0) return NOWHERE << 6;
    if (stepsOf(next) === ENDED) return (used + lengthOf(next)) | ((steps | ENDED) << 6);
    if (next === 0 || steps + stepsOf(next) > 63) return used | (steps << 6);
    used += lengthOf(next);
    steps += stepsOf(next);
  }
}

/** F.2.2.1: half of the values of so many bits are negative. */
function extend(value: number, size: number): number {
  return value < 1 << (size - 1) ? value + 1 - (1 << size) : value;
}
