import { floats, type Memory, newMemory } from '../../steps/memory.js';
import type { Size } from '../../steps/picture.js';
import type { Filter } from '../../steps/resize.js';
import { axisOf, stripsOf } from './axis.js';
import { type GreyScan, greyScan } from './grey-scan.js';
import { openStrips } from './strips.js';

/** T.81 figure A.6: where the coefficients of a block lie, 8 rows of 8, in the order in which they come. */
const ZIGZAG = [
  0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7,
  14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46,
  53, 60, 61, 54, 47, 55, 62, 63,
];
/** A picture that shrinks less keeps too many of its frequencies; and so does the sharp edge of a box. */
const LEAST = 4;

/**
 * A grey JPEG, resampled as `resize` does, without making its pixels: a filter and the inverse cosine transform are
 * both weighted sums, so the coefficients are weighted with what both together make of them. Of high frequencies a
 * filter that averages many pixels leaves nothing that counts; their codes are passed over, some at a time.
 *
 * Grey levels 0 to 255, rounded to 1/256 of one. Undefined where the picture is not at least four times too large, the file of
 * another kind, or anything about it odd: then it has to be decoded in full.
 */
export function resampleGrey(
  bytes: Uint8Array,
  to: Size,
  filter: Filter,
  memory: Memory = newMemory,
): Float32Array | undefined {
  const scan = greyScan(bytes);
  if (scan === undefined) return undefined;
  const ratio = Math.min(scan.width / to.width, scan.height / to.height);
  if (!(ratio >= LEAST) || filter === 'box') return undefined;
  const out = floats(memory, to.width * to.height);
  return resample(bytes, scan, filter, frequencies(ratio, filter), { ...to, data: out }) ? out : undefined;
}

/** Of how many frequencies, from 0, a block's coefficients count; of the sum of both directions, too. */
function frequencies(ratio: number, filter: Filter): number {
  const sharp = filter === 'bilinear' ? 0 : 1;
  return sharp + (ratio < 5 ? 5 : ratio < 9 ? 4 : 3);
}

/** Strip by strip of blocks; output rows are finished when no later strip adds to them. */
function resample(
  bytes: Uint8Array,
  scan: GreyScan,
  filter: Filter,
  frequencies: number,
  to: Size & { readonly data: Float32Array },
): boolean {
  const rows = axisOf(scan.height, to.height, filter, frequencies);
  const columns = axisOf(scan.width, to.width, filter, frequencies);
  const plan = stripsOf(rows, Math.ceil(scan.height / 8));
  // Sums of some output rows in turns.
  const turns = 4 * Math.ceil(Math.max(...plan.map(({ from, end }) => end - from)) / 4);
  const wanted = ZIGZAG.slice(0, (frequencies * (frequencies + 1)) / 2);
  const places = wanted.map((place) => place & 7);
  // Averages of grey levels are some; sharper filters overshoot.
  const range = filter === 'bilinear' ? ([0, 255] as const) : ([-Infinity, Infinity] as const);
  const { height } = to;
  const strips = openStrips({ bytes, scan, wanted: places, frequencies, turns, columns, height, range });
  if (strips === undefined) return false;
  const { weights } = strips;
  let done = 0;
  for (const [strip, { from, end }] of plan.entries()) {
    weights.fill(0);
    for (let y = from; y < end; y++) {
      const first = (y * rows.most + strip - rows.start[y]!) * frequencies;
      for (let k = 0, at = y % turns; k < wanted.length; k++, at += turns)
        weights[at] = scan.quantisation[k]! * rows.weights[first + (wanted[k]! >> 3)]!;
    }
    if (!strips.read()) return false;
    const next = plan[strip + 1]?.from ?? to.height;
    for (; done < next; done++) strips.finish(done);
  }
  to.data.set(strips.out);
  return strips.ended();
}
