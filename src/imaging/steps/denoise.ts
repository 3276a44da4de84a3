import type { Picture } from './picture.js';

export interface DenoiseOptions {
  readonly method: 'gaussian' | 'median';
  /** Standard deviation of the Gaussian, pixels. */
  readonly sigma: number;
  /** Side of the median's square, odd. */
  readonly size: number;
}

/** At the edges a picture goes on with its mirror image, the edge pixel doubled (SciPy's `reflect`). Channels apart. */
export function denoise(picture: Picture, { method, sigma, size }: DenoiseOptions): Picture {
  return method === 'gaussian' ? gaussian(picture, sigma) : median(picture, size);
}

/** exp(-d² / 2σ²) out to 4σ, rounded, weights adding up to 1; rows and columns one after the other. */
export function gaussian(picture: Picture, sigma: number): Picture {
  const radius = Math.floor(4 * sigma + 0.5);
  const weights = Float64Array.from({ length: 2 * radius + 1 }, (_, i) =>
    Math.exp(-((i - radius) ** 2) / (2 * sigma ** 2)),
  );
  const sum = weights.reduce((a, b) => a + b);
  const kernel = weights.map((weight) => weight / sum);
  return along(along(picture, kernel, 'rows'), kernel, 'columns');
}

function along(picture: Picture, kernel: Float64Array, way: 'rows' | 'columns'): Picture {
  const { width, height, channels, data } = picture;
  const radius = kernel.length >> 1;
  const [length, lines, step, stride] =
    way === 'rows' ? [height, width, width, 1] : [width, height, 1, width];
  const out = new Float32Array(data.length);
  const line = new Float64Array(length);
  for (let c = 0; c < channels; c++) {
    for (let n = 0; n < lines; n++) {
      const start = n * stride;
      for (let i = 0; i < length; i++) line[i] = data[(start + i * step) * channels + c]!;
      for (let i = 0; i < length; i++) {
        let sum = 0;
        for (let k = -radius; k <= radius; k++) sum += kernel[k + radius]! * line[mirrored(i + k, length)]!;
        out[(start + i * step) * channels + c] = sum;
      }
    }
  }
  return { ...picture, data: out };
}

/** The middle of the values of a square around each pixel. */
export function median(picture: Picture, size: number): Picture {
  const { width, height, channels, data } = picture;
  const radius = size >> 1;
  const out = new Float32Array(data.length);
  const square = new Float32Array(size * size);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      for (let c = 0; c < channels; c++) {
        let n = 0;
        for (let dy = -radius; dy <= radius; dy++) {
          const row = mirrored(y + dy, height) * width;
          for (let dx = -radius; dx <= radius; dx++)
            square[n++] = data[(row + mirrored(x + dx, width)) * channels + c]!;
        }
        out[(y * width + x) * channels + c] = square.sort()[square.length >> 1]!;
      }
  return { ...picture, data: out };
}

/** d c b a | a b c d | d c b a */
function mirrored(i: number, length: number): number {
  const period = 2 * length;
  const at = ((i % period) + period) % period;
  return at < length ? at : period - 1 - at;
}
