import type { GreyImage } from './features.js';

/**
 * A square of `side` x `side` values 0..1. Each output pixel is the mean of the image, taken as constant over
 * each of its pixels, over the rectangle [x W/side, (x+1) W/side) x [y H/side, (y+1) H/side): pixels that a
 * rectangle cuts count by the share it covers. So it holds for small images, too, and aspect is not kept.
 *
 * @param out is overwritten and returned
 */
export function areaAverage(
  image: GreyImage,
  side: number,
  out = new Float64Array(side * side),
): Float64Array {
  const { width, height, data } = image;
  const line = new Float64Array(width);
  const area = (width / side) * (height / side) * image.maxValue;
  for (let y = 0; y < side; y++) {
    line.fill(0);
    const top = (y * height) / side;
    const bottom = ((y + 1) * height) / side;
    for (let row = Math.floor(top); row < bottom; row++) {
      const weight = Math.min(bottom, row + 1) - Math.max(top, row);
      if (weight <= 0) break;
      const start = row * width;
      for (let x = 0; x < width; x++) line[x] = (line[x] as number) + weight * (data[start + x] as number);
    }
    for (let x = 0; x < side; x++) {
      const left = (x * width) / side;
      const right = ((x + 1) * width) / side;
      let sum = 0;
      for (let column = Math.floor(left); column < right; column++)
        sum += (line[column] as number) * (Math.min(right, column + 1) - Math.max(left, column));
      out[y * side + x] = sum / area;
    }
  }
  return out;
}

/** The mean of each 2x2 block. @param out is overwritten and returned */
export function halve(
  values: Float64Array,
  side: number,
  out = new Float64Array(side ** 2 / 4),
): Float64Array {
  const half = side / 2;
  for (let y = 0; y < half; y++) {
    for (let x = 0; x < half; x++) {
      const i = 2 * y * side + 2 * x;
      const four =
        (values[i] as number) +
        (values[i + 1] as number) +
        (values[i + side] as number) +
        (values[i + side + 1] as number);
      out[y * half + x] = four / 4;
    }
  }
  return out;
}
