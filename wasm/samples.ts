/**
 * The loops over all numbers of a picture, of src/imaging/steps, in AssemblyScript (docs/adr/0018). `npm run wasm`
 * compiles them. Each works on one block of numbers, which the caller copies to `numbers` and from `results`.
 */

/** Numbers of a block, as in src/imaging/steps/kernel.ts. */
const BLOCK = 4096;
/** Loops take four at a time: so many more may be looked at, and written. */
const BEHIND = 4;

export const numbers = memory.data(4 * (BLOCK + BEHIND));
export const results = memory.data(4 * (BLOCK + BEHIND));

// What `measure` found.
export let mean: f64 = 0;
export let squares: f64 = 0;
export let least: f32 = 0;
export let greatest: f32 = 0;

/** The last two of four numbers as the first two. */
function upper(four: v128): v128 {
  return i8x16.shuffle(four, four, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15);
}

/** The second of four numbers as the first. */
function second(four: v128): v128 {
  return i8x16.shuffle(four, four, 4, 5, 6, 7, 4, 5, 6, 7, 4, 5, 6, 7, 4, 5, 6, 7);
}

/** Numbers of single precision in double: the first two of four. */
function double(four: v128): v128 {
  return f64x2.promote_low_f32x4(four);
}

function square(pair: v128): v128 {
  return f64x2.mul(pair, pair);
}

function total(pair: v128): f64 {
  return f64x2.extract_lane(pair, 0) + f64x2.extract_lane(pair, 1);
}

/** Mean, sum of squared differences from it, least and greatest of `count` float32, at least one. */
export function measure(count: i32): void {
  const end: usize = numbers + (count << 2);
  const fours: usize = numbers + ((count & ~3) << 2);
  let even = f64x2.splat(0);
  let odd = f64x2.splat(0);
  let low = f32x4.splat(Infinity);
  let high = f32x4.splat(-Infinity);
  let at: usize = numbers;
  for (; at < fours; at += 16) {
    const four = v128.load(at);
    even = f64x2.add(even, double(four));
    odd = f64x2.add(odd, double(upper(four)));
    low = f32x4.pmin(low, four);
    high = f32x4.pmax(high, four);
  }
  let sum = total(even) + total(odd);
  for (; at < end; at += 4) {
    sum += <f64>load<f32>(at);
    low = f32x4.pmin(low, v128.load32_splat(at));
    high = f32x4.pmax(high, v128.load32_splat(at));
  }
  low = f32x4.pmin(low, upper(low));
  high = f32x4.pmax(high, upper(high));
  least = f32x4.extract_lane(f32x4.pmin(low, second(low)), 0);
  greatest = f32x4.extract_lane(f32x4.pmax(high, second(high)), 0);
  mean = sum / <f64>count;

  const middle = f64x2.splat(mean);
  even = f64x2.splat(0);
  odd = f64x2.splat(0);
  for (at = numbers; at < fours; at += 16) {
    const four = v128.load(at);
    even = f64x2.add(even, square(f64x2.sub(double(four), middle)));
    odd = f64x2.add(odd, square(f64x2.sub(double(upper(four)), middle)));
  }
  squares = total(even) + total(odd);
  for (; at < end; at += 4) {
    const difference = <f64>load<f32>(at) - mean;
    squares += difference * difference;
  }
}

/** Whether four float32 are other than the four whole numbers, or one of those is not from 0 to `most`. */
function differ(four: v128, whole: v128, most: i32): bool {
  const other = f32x4.ne(f32x4.convert_i32x4_s(whole), four);
  return v128.any_true(v128.or(other, i32x4.gt_u(whole, i32x4.splat(most))));
}

/** `count` float32 as bytes. False where one is no whole number from 0 to 255. */
export function packBytes(count: i32): bool {
  memory.fill(numbers + (count << 2), 0, 4 * BEHIND);
  for (let i: usize = 0; i < <usize>count; i += 4) {
    const four = v128.load(numbers + (i << 2));
    const whole = i32x4.trunc_sat_f32x4_s(four);
    if (differ(four, whole, 0xff)) return false;
    const words = i16x8.narrow_i32x4_u(whole, whole);
    v128.store32_lane(results + i, i8x16.narrow_i16x8_u(words, words), 0);
  }
  return true;
}

/** `count` float32, times `scale`, as words of two bytes. False where one is no whole number from 0 to 65535. */
export function packWords(count: i32, scale: f32): bool {
  memory.fill(numbers + (count << 2), 0, 4 * BEHIND);
  for (let i: usize = 0; i < <usize>count; i += 4) {
    const four = f32x4.mul(v128.load(numbers + (i << 2)), f32x4.splat(scale));
    const whole = i32x4.trunc_sat_f32x4_s(four);
    if (differ(four, whole, 0xffff)) return false;
    v128.store64_lane(results + (i << 1), i16x8.narrow_i32x4_u(whole, whole), 0);
  }
  return true;
}

/** `count` words of two bytes as float32, by `scale`. */
export function unpackWords(count: i32, scale: f32): void {
  for (let i: usize = 0; i < <usize>count; i += 4) {
    const four = i32x4.extend_low_i16x8_u(v128.load64_zero(numbers + (i << 1)));
    v128.store(results + (i << 2), f32x4.div(f32x4.convert_i32x4_s(four), f32x4.splat(scale)));
  }
}

/** `count` float32, less `from`, by `divisor`: in double precision, then rounded. */
export function normalise(count: i32, from: f64, divisor: f64): void {
  for (let i: usize = 0; i < <usize>count; i += 4) {
    const four = v128.load(numbers + (i << 2));
    const even = f64x2.div(f64x2.sub(double(four), f64x2.splat(from)), f64x2.splat(divisor));
    const odd = f64x2.div(f64x2.sub(double(upper(four)), f64x2.splat(from)), f64x2.splat(divisor));
    v128.store64_lane(results + (i << 2), f32x4.demote_f64x2_zero(even), 0);
    v128.store64_lane(results + (i << 2), f32x4.demote_f64x2_zero(odd), 0, 8);
  }
}
