/**
 * The inner loops of src/imaging/read/jpeg/resample-grey.ts, in AssemblyScript (docs/adr/0018). `npm run wasm` compiles
 * them. Nothing is checked here that the caller has laid out; what comes from a file is.
 */

/** As in src/imaging/read/jpeg/huffman.ts. */
const LOOK = 12;
const LEAP = 14;
const ENDED = 128;
/** Where a block's coefficients lie along its zigzag, and how far an end of block, at the last of them, leads. */
const PLACES = 64 + ENDED;

// Where the caller puts what holds for a whole image, or a strip of it.
export const dcCodes = memory.data(2 << 16);
export const dcValues = memory.data(4 << LOOK);
export const acCodes = memory.data(2 << 16);
export const acPairs = memory.data(8 << LOOK);
export const acLeaps = memory.data(2 << LEAP);
/** Of each coefficient that counts, where its sums lie among those of its block, in bytes (int32); of all others 0. */
export const places = memory.data(4 * PLACES);
/** Of each coefficient that counts, for each of the output rows (float32); of all others 0. */
export const weights = memory.data(64 * PLACES);
/** From here on memory is the caller's. */
export const free = __heap_base;

/** Of the scan: how many bits have been read, and the last block's level. */
export let position = 0;
export let level = 0;

/** What follows the first `at` bits of a scan that lies backwards, at the upper end of a word: 57 bits or more of it, behind its end anything. */
function bitsFrom(scan: usize, at: i32): u64 {
  return load<u64>(scan - 8 - <usize>(at >>> 3)) << (at & 7);
}

/** T.81 F.2.2.1: half of the values of so many bits are negative. */
function extend(value: i32, size: i32): i32 {
  return value < 1 << (size - 1) ? value + 1 - (1 << size) : value;
}

/** How far a code of AC leads along the zigzag. */
function stepsOf(code: i32): i32 {
  return (code & 0xf00) === 0 && code >> 12 < 15 ? ENDED : (code >> 12) + 1;
}

/** Adds `value` times its weights to the sums of some output rows, four at a time. */
function add(sums: usize, weight: usize, bytes: usize, value: i32): void {
  const times = f32x4.splat(<f32>value);
  let i: usize = 0;
  do {
    v128.store(sums + i, f32x4.add(v128.load(sums + i), f32x4.mul(times, v128.load(weight + i))));
    i += 16;
  } while (i < bytes);
}

/**
 * Copies a scan without the zeros behind 0xFF (B.1.1.5), its first byte to just below `to`, the next below that, and so
 * on: a word of it then has its bits in the order in which they are read. Its bytes, or -1 where no end of image follows it.
 */
export function unstuff(from: usize, end: usize, to: usize): i32 {
  const start = to;
  while (from < end) {
    if (from + 16 <= end) {
      const bytes = v128.load(from);
      const turned = i8x16.shuffle(bytes, bytes, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
      v128.store(to - 16, turned);
      const marks = i8x16.bitmask(i8x16.eq(bytes, i8x16.splat(-1)));
      // Not computed from them where none is there, as almost always: the next bytes need not wait for these.
      if (marks === 0) {
        from += 16;
        to -= 16;
        continue;
      }
      from += ctz(marks);
      to -= ctz(marks);
    }
    const byte = load<u8>(from++);
    if (byte === 0xff) {
      const next: i32 = from < end ? load<u8>(from++) : -1;
      if (next !== 0) return next === 0xd9 ? <i32>(start - to) : -1;
    }
    store<u8>(--to, byte);
  }
  return -1;
}

/**
 * Reads a strip of blocks (F.2.2) of what `unstuff` has copied to `scan`, and adds what they are to the sums: of each
 * block, of each frequency, `rows` output rows (a multiple of 4). False for what no encoder writes.
 *
 * What a coefficient costs is mostly how long it waits for the one before: a look-up, and the shift by what that says. So
 * bits are loaded anew while the look-up is under way, whether that is needed or not, and shifted by entries as they are,
 * the lowest six bits of which say how many are used.
 */
export function readStrip(
  scan: usize,
  length: i32,
  blocks: i32,
  sums: usize,
  frequencies: i32,
  last: i32,
  rows: i32,
): bool {
  const wide: usize = rows << 2;
  const end = (length + 8) << 3;
  let at = position;
  let bits = bitsFrom(scan, at);
  let dc = level;
  for (let block = 0; block < blocks; block++, sums += <usize>frequencies * wide) {
    if (at > end) return false;
    let entry = load<i32>(dcValues + ((<usize>(bits >> (64 - LOOK))) << 2));
    bits = bitsFrom(scan, at);
    if (entry !== 0) {
      dc += entry >> 16;
    } else {
      const code: i32 = load<u16>(dcCodes + ((<usize>(bits >> 48)) << 1));
      if (code === 0) return false;
      const size = code >> 8;
      if (size > 0) dc += extend(<i32>((bits << (code & 31)) >> (64 - size)), size);
      entry = (code & 31) + size;
    }
    bits <<= entry;
    at += entry & 63;
    add(sums, weights, wide, dc);
    let k = 0;
    while (k < last) {
      const pair = load<u64>(acPairs + ((<usize>(bits >> (64 - LOOK))) << 3));
      bits = bitsFrom(scan, at);
      if (pair !== 0) {
        bits <<= pair;
        at += <i32>pair & 63;
        k += <i32>(pair >> 8) & 255;
        add(sums + load<i32>(places + (k << 2)), weights + <usize>k * wide, wide, <i16>(pair >> 32));
        k += <i32>(pair >> 16) & 255;
        add(sums + load<i32>(places + (k << 2)), weights + <usize>k * wide, wide, <i16>(pair >> 48));
      } else {
        const code: i32 = load<u16>(acCodes + ((<usize>(bits >> 48)) << 1));
        if (code === 0) return false;
        const size = (code >> 8) & 15;
        let value = 0;
        if (size > 0) value = extend(<i32>((bits << (code & 31)) >> (64 - size)), size);
        k += stepsOf(code);
        add(sums + load<i32>(places + (k << 2)), weights + <usize>k * wide, wide, value);
        bits <<= (code & 31) + size;
        at += (code & 31) + size;
      }
    }
    while (k < 63) {
      const leap: u32 = load<u16>(acLeaps + ((<usize>(bits >> (64 - LEAP))) << 1));
      bits = bitsFrom(scan, at);
      const after = k + <i32>(leap >> 6);
      if ((after & (ENDED - 1)) < 63) {
        bits <<= leap;
        at += leap & 63;
        k = after;
      } else {
        const code: i32 = load<u16>(acCodes + ((<usize>(bits >> 48)) << 1));
        if (code === 0) return false;
        k += stepsOf(code);
        const used = (code & 31) + ((code >> 8) & 15);
        bits <<= used;
        at += used;
      }
    }
    if (k > 63 && k < ENDED) return false;
  }
  position = at;
  level = dc;
  return true;
}

/** Samples are shifted to be about 0 (A.3.1). */
const GREY: f32 = 128;

/**
 * One output row of the sums of its strips, which begin anew: `line` takes them, one of each `rows`. Column x weighs
 * `taps` bytes of it from `starts[x]` on with weights of its own (float32, zeros behind the last; as many for each, since
 * a loop that runs a few times is guessed wrong where they differ). Levels from `low` to `high`, rounded to one part in
 * `fine`, four at a time: up to 3 more than `width` are written. `size` is a multiple of 4.
 */
export function squeeze(
  sums: usize,
  rows: i32,
  line: usize,
  size: i32,
  starts: usize,
  columns: usize,
  taps: i32,
  width: i32,
  out: usize,
  low: f32,
  high: f32,
  fine: f32,
): void {
  const wide: usize = rows << 2;
  for (let i = 0; i < size; i += 4, sums += 4 * wide) {
    let four = v128.load32_zero(sums);
    four = v128.load32_lane(sums + wide, four, 1);
    four = v128.load32_lane(sums + 2 * wide, four, 2);
    v128.store(line + (i << 2), v128.load32_lane(sums + 3 * wide, four, 3));
    store<f32>(sums, 0);
    store<f32>(sums + wide, 0);
    store<f32>(sums + 2 * wide, 0);
    store<f32>(sums + 3 * wide, 0);
  }
  for (let x = 0; x < width; x++, columns += taps) {
    const from = line + load<i32>(starts + (x << 2));
    let sum = f32x4.mul(v128.load(from), v128.load(columns));
    for (let i = 16; i < taps; i += 16)
      sum = f32x4.add(sum, f32x4.mul(v128.load(from + i), v128.load(columns + i)));
    const halves = f32x4.add(
      sum,
      i8x16.shuffle(sum, sum, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7),
    );
    const level = GREY + f32x4.extract_lane(halves, 0) + f32x4.extract_lane(halves, 1);
    store<f32>(out + (x << 2), level);
  }
  for (let x = 0; x < width; x += 4, out += 16) {
    const level = f32x4.pmin(f32x4.splat(high), f32x4.pmax(f32x4.splat(low), v128.load(out)));
    const parts = f32x4.floor(f32x4.add(f32x4.mul(level, f32x4.splat(fine)), f32x4.splat(0.5)));
    v128.store(out, f32x4.div(parts, f32x4.splat(fine)));
  }
}
