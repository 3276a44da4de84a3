import type { Random } from '../random.js';
import type { Anatomy, Exposure, Shape } from './anatomy.js';
import { addStroke, boneProfile, curve, type Grid, type Point, softProfile } from './grid.js';

/** Ribs, collar bones, shoulder blades, upper arms and the details of the spine. */
export function paintBones(grid: Grid, shape: Shape, a: Anatomy, e: Exposure, random: Random): void {
  const { tw, y: at } = shape;
  const bone = a.boneDensity;
  for (const side of [-1, 1]) {
    const place = (ax: number, y: number): Point => ({ x: shape.middle(y) + side * ax, y });
    for (let k = 0; k < 10; k++) {
      const spine = at(a.apex) + 0.002 + k * 0.057 + random.between(-0.003, 0.003);
      const drop = k === 0 ? 0.09 : a.ribDrop * (1.15 + 0.06 * k);
      const wide = Math.min(shape.wall(spine + drop * 0.42) * 1.015, tw * 1.015) * (k === 0 ? 0.88 : 1);
      const reach = k === 0 ? 0.93 : 0.8;
      addStroke(grid, {
        points: curve(36, (s) => {
          const turn = s * Math.PI * reach;
          const ax = 0.03 + (wide - 0.03) * Math.sin(turn) ** 0.9;
          return place(
            ax,
            spine -
              0.012 * Math.sin(turn * 2.4) +
              0.028 * Math.sin(turn) +
              (drop * (1 - Math.cos(turn * 0.92))) / 2,
          );
        }),
        halfWidth: (s) => 0.0085 + 0.004 * s,
        density: (s) => bone * ribDensity(s) * Math.min(1, 0.35 + 5 * s),
        profile: boneProfile,
      });
    }
    const collar = at(e.view === 'AP' ? 0.145 : 0.18) + random.between(-0.008, 0.008);
    addStroke(grid, {
      points: curve(24, (s) =>
        place(0.05 + 0.36 * s, collar - 0.055 * s + 0.016 * Math.sin(s * 2 * Math.PI * 0.9)),
      ),
      halfWidth: (s) => 0.0105 + 0.006 * Math.abs(s - 0.45),
      density: (s) => 0.1 * bone * Math.min(1, 0.5 + 4 * s),
      profile: boneProfile,
    });
    // Shoulder blade: over the lungs on an AP film, turned out of them on a PA film.
    const blade = e.view === 'AP' ? -0.06 : 0.005;
    for (const [x0, y0, x1, y1, d] of [
      [0.37, 0.19, 0.325, 0.4, 0.05],
      [0.43, 0.22, 0.33, 0.42, 0.075],
      [0.35, 0.17, 0.46, 0.14, 0.09],
    ] as const) {
      addStroke(grid, {
        points: curve(8, (s) =>
          place(x0 + blade + (x1 - x0) * s + 0.012 * Math.sin(s * Math.PI), at(y0 + (y1 - y0) * s)),
        ),
        halfWidth: () => 0.009,
        density: (s) => d * bone * Math.min(1, 6 * s, 6 * (1 - s)),
        profile: softProfile,
      });
    }
    addStroke(grid, {
      points: [place(0.47, at(0.175)), place(0.475, at(0.21)), place(0.5, at(0.5))],
      halfWidth: (s) => 0.034 - 0.014 * Math.min(1, 2.4 * s),
      density: () => 0.13 * bone,
      profile: boneProfile,
    });
  }
  // Vertebrae: end plates, pedicles and spinous processes.
  for (let y = at(0.02), h = 0.036; y < 1; y += h, h += 0.0011) {
    const x = shape.middle(y);
    const half = 0.026 + 0.012 * y;
    addStroke(grid, {
      points: [
        { x: x - half, y },
        { x: x + half, y },
      ],
      halfWidth: () => 0.004,
      density: () => -0.035 * bone,
      profile: softProfile,
    });
    for (const side of [-1, 1])
      addStroke(grid, {
        points: [
          { x: x + side * half * 0.72, y: y + 0.35 * h },
          { x: x + side * half * 0.72, y: y + 0.5 * h },
        ],
        halfWidth: () => 0.0055,
        density: () => 0.045 * bone,
        profile: boneProfile,
      });
    addStroke(grid, {
      points: [
        { x, y: y + 0.55 * h },
        { x, y: y + 0.85 * h },
      ],
      halfWidth: () => 0.006,
      density: () => 0.04 * bone,
      profile: softProfile,
    });
  }
}

/** Fading towards the cartilage in front, brightest where the rays run along the rib at the wall. */
function ribDensity(s: number): number {
  const wall = (s - 0.58) / 0.1;
  const front = s > 0.62 ? 0.02 + 0.045 * Math.min(1, (1 - s) / 0.25) : 0.072;
  return front + 0.035 * Math.max(0, 1 - wall * wall);
}

/** Breathing tube, central line, electrodes with their wires. */
export function paintLines(grid: Grid, shape: Shape, random: Random): void {
  const { tw, y: at } = shape;
  const wire = (points: readonly Point[], half: number, density: number) =>
    addStroke(grid, { points, halfWidth: () => half, density: () => density, profile: softProfile });
  const x = shape.middle(0.2);
  wire(
    curve(10, (s) => ({ x: x + 0.006 * Math.sin(3 * s), y: at(0.3) * s })),
    0.0045,
    0.1,
  );
  wire(
    curve(16, (s) => ({ x: x - 0.16 * (1 - s) ** 2 - 0.03, y: at(0.05 + 0.36 * s) })),
    0.0022,
    0.16,
  );
  for (const side of [-1, 1]) {
    const end = { x: x + side * tw * random.between(0.55, 0.8), y: at(random.between(0.3, 0.55)) };
    const sway = random.between(-0.08, 0.08);
    wire(
      curve(24, (s) => ({
        x: end.x + side * (0.02 * s) + sway * Math.sin(4 * s) * s,
        y: end.y + (1 - end.y) * s,
      })),
      0.0018,
      0.16,
    );
    wire([end, { x: end.x, y: end.y + 0.004 }], 0.011, 0.3);
  }
}
