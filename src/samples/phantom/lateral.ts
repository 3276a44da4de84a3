import type { Random } from '../random.js';
import type { Anatomy } from './anatomy.js';
import {
  addStroke,
  boneProfile,
  contour,
  createGrid,
  curve,
  ellipse,
  type Grid,
  softProfile,
  step,
} from './grid.js';

/** The attenuation map of a left lateral chest: breastbone on the left of the film, spine on the right. */
export function lateral(width: number, height: number, a: Anatomy, random: Random): Grid {
  const grid = createGrid(width, height);
  const { data } = grid;
  const air = new Float32Array(data.length);
  const depth = a.thorax * 0.82;
  const spineX = (y: number) => depth * (0.62 + 0.24 * Math.sin(Math.PI * Math.min(1, 0.15 + y * 0.9)));
  const front = contour(
    [0, -0.3 * depth],
    [0.12, -0.42 * depth],
    [0.2, -0.6 * depth],
    [0.4, -0.88 * depth],
    [0.6, -depth],
  );
  const back = (y: number) => spineX(y) + 0.055 - 0.015 * y;
  for (let py = 0; py < height; py++) {
    const y = (py + 0.5) / height;
    const f = front(y);
    const b = back(y);
    const spine = spineX(y);
    const skinFront = f - 0.035 - a.fat - a.breasts * 0.06 * ellipse(0, y - 0.55, 1, 0.16, 0.1);
    const skinBack = b + 0.05 + a.fat * 0.6;
    const mid = (skinFront + skinBack) / 2;
    const half = (skinBack - skinFront) / 2;
    for (let px = 0; px < width; px++) {
      const x = (px + 0.5 - width / 2) / height;
      const r = (x - mid) / half;
      let v =
        Math.abs(r) < 1 ? 0.66 * Math.sqrt(1 - r * r * 0.92) * step((half - Math.abs(x - mid)) / 0.006) : 0;
      // Shoulders and raised arms hide the apices.
      v += 0.3 * ellipse(x - 0.05, y - 0.02, 0.34, 0.25, 0.22) * step((half - Math.abs(x - mid)) / 0.02);
      const domeOf = (top: number) => top + 0.6 * (x + 0.04) ** 2 + 0.16 * Math.max(0, x - 0.02);
      const domeRight = domeOf(a.domeRight - 0.01);
      const domeLeft = domeOf(a.domeLeft - 0.005);
      const inside = step((x - f) / 0.008) * step((b - 0.012 - x) / 0.02) * step((y - a.apex - 0.02) / 0.06);
      const open =
        inside *
        (0.5 * (1 - step((y - domeRight) / 0.004)) + 0.5 * (1 - step((y - domeLeft) / 0.004))) *
        (1 - 0.25 * ellipse(x - 0.03, y - 0.1, 0.22, 0.16, 0.12));
      const heart = ellipse(
        x + 0.4 * depth + 0.5 * (y - 0.55),
        y - 0.57 - 0.12 * (x + 0.4 * depth),
        0.42 * depth * a.heart,
        0.17,
        0.03,
      );
      const aorta = ellipse(x + 0.02, y - 0.36, 0.09, 0.09, 0.05);
      v +=
        0.24 *
        step((y - Math.max(domeLeft, domeRight)) / 0.1 - 0.3) *
        step((half - Math.abs(x - mid)) / 0.06);
      air[py * width + px] = open * (1 - 0.7 * heart);
      v -= 0.47 * open * (1 - 0.72 * heart) * (1 - 0.3 * aorta) * Math.min(1, 0.5 + 0.6 * (1 - Math.abs(r)));
      // Windpipe, slanting back.
      const pipe = Math.abs(x - (-0.03 + 0.16 * y));
      v -=
        0.07 *
        step((0.016 - pipe) / 0.007) *
        step((0.4 - y) / 0.03) *
        step((half - Math.abs(x - mid)) / 0.02);
      v += 0.1 * a.boneDensity * Math.exp(-(((x - spine) / 0.036) ** 4)) * step((skinBack - x) / 0.02);
      data[py * width + px] = Math.max(0, v);
    }
  }
  paintLateralBones(grid, a, spineX, front, random);
  paintHilum(grid, air, random);
  return grid;
}

function paintLateralBones(
  grid: Grid,
  a: Anatomy,
  spineX: (y: number) => number,
  front: (y: number) => number,
  random: Random,
): void {
  const bone = a.boneDensity;
  for (let y = 0.08, h = 0.04; y < 1; y += h, h += 0.0016) {
    const x = spineX(y);
    addStroke(grid, {
      points: [
        { x: x - 0.034, y: y - 0.003 },
        { x: x + 0.03, y: y + 0.003 },
      ],
      halfWidth: () => 0.0045,
      density: () => -0.075 * bone,
      profile: softProfile,
    });
    for (const edge of [-0.034, 0.03])
      addStroke(grid, {
        points: [
          { x: x + edge, y: y + 0.006 },
          { x: spineX(y + h) + edge, y: y + h - 0.006 },
        ],
        halfWidth: () => 0.003,
        density: () => 0.04 * bone,
        profile: softProfile,
      });
  }
  for (let k = 0; k < 10; k++) {
    for (const twin of [0, 0.014]) {
      const start = 0.13 + k * 0.062 + twin + random.between(-0.003, 0.003);
      const x0 = spineX(start) + 0.045;
      const x1 = front(start + 0.2) * (k < 7 ? 0.93 : 0.55);
      addStroke(grid, {
        points: curve(28, (s) => ({
          x: x0 + (x1 - x0) * s + 0.03 * Math.sin(Math.PI * Math.min(1, s * 4)) * (s < 0.25 ? 1 : 0),
          y: start + 0.2 * s ** 1.25 - 0.02 * Math.sin(Math.PI * s),
        })),
        halfWidth: () => 0.0085,
        density: (s) => bone * (0.05 - 0.04 * s),
        profile: boneProfile,
      });
    }
  }
  addStroke(grid, {
    points: curve(16, (s) => ({ x: front(0.17 + 0.36 * s) - 0.012, y: 0.17 + 0.36 * s })),
    halfWidth: () => 0.011,
    density: () => 0.09 * bone,
    profile: boneProfile,
  });
}

function paintHilum(grid: Grid, air: Float32Array, random: Random): void {
  const detail = createGrid(grid.width, grid.height);
  for (let k = 0; k < 26; k++) {
    const angle = random.between(0, 2 * Math.PI);
    const root = { x: random.between(-0.03, 0.045), y: random.between(0.38, 0.48) };
    const bend = random.between(-0.8, 0.8);
    const length = random.between(0.08, 0.2);
    addStroke(detail, {
      points: curve(8, (s) => ({
        x: root.x + Math.cos(angle + bend * s) * length * s,
        y: root.y + Math.sin(angle + bend * s) * length * s * 1.2,
      })),
      halfWidth: (s) => 0.0085 * (1 - 0.7 * s),
      density: (s) => 0.04 * (1 - 0.6 * s),
      profile: softProfile,
    });
  }
  for (let i = 0; i < air.length; i++)
    grid.data[i] = (grid.data[i] as number) + (detail.data[i] as number) * (air[i] as number);
}
