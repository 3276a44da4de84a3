import type { Film } from './film.js';

/** Three box blurs, close to a Gaussian of standard deviation `sigma` pixels: a patient who moved. */
export function blur(film: Film, sigma: number): Film {
  const radius = Math.max(1, Math.round(sigma));
  let data = film.data;
  for (let pass = 0; pass < 3; pass++) {
    data = boxed(data, film.columns, film.rows, 1, film.columns, radius);
    data = boxed(data, film.rows, film.columns, film.columns, 1, radius);
  }
  return { ...film, data };
}

/** Too much dose: the detector saturates, everything but the densest parts is black. */
export function overExpose(film: Film): Film {
  return { ...film, data: film.data.map((v) => Math.max(0, (v - 0.52) * 1.25)) };
}

/** No dose at all: the noise of the electronics. */
export function black(film: Film): Film {
  return { ...film, data: film.data.map((v) => 0.004 * v) };
}

/** Running mean along lines of `length` samples `step` apart; edges repeat. */
function boxed(
  data: Float32Array,
  length: number,
  lines: number,
  step: number,
  stride: number,
  radius: number,
): Float32Array {
  const out = new Float32Array(data.length);
  const size = 2 * radius + 1;
  for (let line = 0; line < lines; line++) {
    const at = (i: number) => data[line * stride + Math.max(0, Math.min(length - 1, i)) * step] as number;
    let sum = 0;
    for (let i = -radius; i <= radius; i++) sum += at(i);
    for (let i = 0; i < length; i++) {
      out[line * stride + i * step] = sum / size;
      sum += at(i + radius + 1) - at(i - radius);
    }
  }
  return out;
}
