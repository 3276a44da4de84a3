/** Luminance and colour differences to RGB (PS3.3 C.7.6.3.1.2), and planes to samples of a pixel side by side. */
import type { Samples } from './native-pixels.js';

type Unsigned = Uint8Array | Uint16Array | Uint32Array;

/**
 * YBR_FULL: the inverse of the equations of PS3.3 C.7.6.3.1.2 (ITU-R BT.601 with full range), rounded.
 *
 * @param bits of a sample: the colour differences are zero at half of the range
 */
export function ybrFullToRgb<Data extends Unsigned>(ybr: Data, bits: number): Data {
  const zero = 2 ** (bits - 1);
  return convert(ybr, bits, 1, 0, zero, [1.402, -0.344136286, -0.714136286, 1.772]);
}

/** YBR_PARTIAL_422 (retired): luminance in 16..235, colour differences in 16..240 of 256. */
export function ybrPartialToRgb<Data extends Unsigned>(ybr: Data, bits: number): Data {
  const unit = 2 ** (bits - 8);
  const zero = 2 ** (bits - 1);
  return convert(
    ybr,
    bits,
    255 / 219,
    16 * unit,
    zero,
    [1.596026786, -0.39176229, -0.812967647, 2.017232143],
  );
}

function convert<Data extends Unsigned>(
  ybr: Data,
  bits: number,
  gain: number,
  black: number,
  zero: number,
  [rFromR, gFromB, gFromR, bFromB]: readonly [number, number, number, number],
): Data {
  const rgb = ybr.slice() as Data;
  const max = 2 ** bits - 1;
  for (let i = 0; i + 2 < ybr.length; i += 3) {
    const y = gain * ((ybr[i] as number) - black) + 0.5;
    const b = (ybr[i + 1] as number) - zero;
    const r = (ybr[i + 2] as number) - zero;
    rgb[i] = clamp(y + rFromR * r, max);
    rgb[i + 1] = clamp(y + gFromB * b + gFromR * r, max);
    rgb[i + 2] = clamp(y + bFromB * b, max);
  }
  return rgb;
}

function clamp(value: number, max: number): number {
  return value < 0 ? 0 : value > max ? max : Math.floor(value);
}

/**
 * Native 422 (PS3.3 C.7.6.3.1.2): Y1 Y2 Cb Cr, the differences sampled at the first of two pixels and used for both.
 * A row of odd length ends with a pair whose second luminance is not shown.
 */
export function expand422(stored: Unsigned, rows: number, columns: number): Unsigned {
  const Data = stored.constructor as new (length: number) => Unsigned;
  const out = new Data(rows * columns * 3);
  let o = 0;
  let i = 0;
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column += 2, i += 4) {
      for (let k = 0; k < 2 && column + k < columns; k++, o += 3) {
        out[o] = stored[i + k] as number;
        out[o + 1] = stored[i + 2] as number;
        out[o + 2] = stored[i + 3] as number;
      }
    }
  }
  return out;
}

export function isUnsigned(samples: Samples): samples is Unsigned {
  return samples instanceof Uint8Array || samples instanceof Uint16Array || samples instanceof Uint32Array;
}

/** Three planes to samples of a pixel side by side. */
export function interleave<Data extends Unsigned>(planes: Data): Data {
  const count = planes.length / 3;
  const pixels = new (planes.constructor as new (length: number) => Data)(planes.length);
  for (let i = 0, o = 0; i < count; i++, o += 3) {
    pixels[o] = planes[i] as number;
    pixels[o + 1] = planes[i + count] as number;
    pixels[o + 2] = planes[i + 2 * count] as number;
  }
  return pixels;
}
