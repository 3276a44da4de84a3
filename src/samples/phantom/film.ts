import { createRandom, type Random } from '../random.js';
import type { Grid } from './grid.js';

/** Brightness of a film as a MONOCHROME2 viewer shows it, 0 black to 1 white, row by row. */
export interface Film {
  readonly columns: number;
  readonly rows: number;
  readonly data: Float32Array;
}

export interface Development {
  readonly columns: number;
  readonly rows: number;
  /** Standard deviation of the quantum noise in the lungs. */
  readonly noise: number;
  /** Curve of the film: below 1 lifts the lungs. */
  readonly gamma: number;
  /** Share of each side covered by the collimator, shown black. */
  readonly collimation: number;
}

const GAUSSIANS = 1 << 14;

/** Enlarges the attenuation map to the film's size, with grain, the curve of the film and the collimator. */
export function develop(grid: Grid, d: Development, random: Random): Film {
  const { columns, rows } = d;
  const out = new Float32Array(columns * rows);
  const curve = filmCurve(d.gamma);
  const edgeX = Math.round(d.collimation * columns);
  const edgeY = Math.round(d.collimation * rows);
  const stepX = grid.width / columns;
  const stepY = grid.height / rows;
  const next = grid.width > 1 ? 1 : 0;
  const below = grid.height > 1 ? grid.width : 0;
  let at = random.int(0, GAUSSIANS - 1);
  for (let y = edgeY; y < rows - edgeY; y++) {
    const gy = Math.max(0, Math.min(grid.height - 1.001, (y + 0.5) * stepY - 0.5));
    const line = Math.floor(gy) * grid.width;
    const fy = gy - Math.floor(gy);
    at = (at + random.int(1, GAUSSIANS)) & (GAUSSIANS - 1);
    for (let x = edgeX; x < columns - edgeX; x++) {
      const gx = Math.max(0, Math.min(grid.width - 1.001, (x + 0.5) * stepX - 0.5));
      const i = line + Math.floor(gx);
      const fx = gx - Math.floor(gx);
      const upper = (grid.data[i] as number) * (1 - fx) + (grid.data[i + next] as number) * fx;
      const lower =
        (grid.data[i + below] as number) * (1 - fx) + (grid.data[i + below + next] as number) * fx;
      let v = upper * (1 - fy) + lower * fy;
      // Denser parts let fewer quanta through and are grainier.
      at = (at + 1) & (GAUSSIANS - 1);
      v += (grain[at] as number) * d.noise * (0.6 + 1.3 * v);
      v += (cloud[((y >> 3) & 127) * 128 + ((x >> 3) & 127)] as number) * 0.004;
      out[y * columns + x] = curve[v <= 0 ? 0 : v >= 1.2 ? 1023 : Math.floor(v * (1023 / 1.2))] as number;
    }
  }
  return { columns, rows, data: out };
}

/** From attenuation 0..1.2 to brightness 0.02..0.97, steep in the middle as film is. */
function filmCurve(gamma: number): Float32Array {
  return Float32Array.from({ length: 1024 }, (_, i) => {
    const v = Math.min(1, (i / 1023) * 1.36);
    const lifted = v ** gamma;
    return 0.02 + 0.95 * (0.45 * lifted + 0.55 * (lifted * lifted * (3 - 2 * lifted)));
  });
}

const dice = createRandom(0);

/** Sums of three uniforms, of standard deviation 1: normal enough for grain, and quick. Films start at other places. */
const grain = Float32Array.from(
  { length: GAUSSIANS },
  () => (dice.next() + dice.next() + dice.next() - 1.5) * 2,
);

/** Unevenness of a detector, on a raster of 8 pixels. */
const cloud = Float32Array.from({ length: 128 * 128 }, () => dice.between(-1, 1));
