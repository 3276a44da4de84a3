import type { Random } from '../random.js';
import type { Anatomy, Shape } from './anatomy.js';
import { addStroke, curve, ellipse, type Grid, type Point, softProfile, step } from './grid.js';

/** Trunk, lungs, mediastinum and abdomen; `air` becomes the share of each pixel that is open lung. */
export function paintSoftTissue(grid: Grid, air: Float32Array, shape: Shape, a: Anatomy): void {
  const { width, height, data } = grid;
  const { tw, y: at } = shape;
  const domes = [false, true].map((left) =>
    Float32Array.from({ length: width }, (_, i) => shape.dome(i / height, left)),
  ) as [Float32Array, Float32Array];
  for (let py = 0; py < height; py++) {
    const y = (py + 0.5) / height;
    const middle = shape.middle(y);
    const wall = shape.wall(y);
    const borders = [shape.border(y, false), shape.border(y, true)] as const;
    const torso = tw * 1.13 + a.fat * (0.4 + y) + 0.02 * step((y - 0.35) / 0.3);
    const shoulder = 0.085 + 0.47 * step((y - at(0.115)) / 0.11) ** 1.2 + 0.02 * step((0.03 - y) / 0.05);
    const belowArm = step((y - at(0.42)) / 0.14);
    const chest = step((y - at(0.13)) / 0.06);
    const apexGate = step((y - at(a.apex)) / 0.006);
    const armTop = step((y - at(0.2)) / 0.12);
    const haze = 0.07 * step((y - at(0.5)) / 0.3) + 0.02 * Math.sin(9 * y);
    const thick = 0.1 * step((y - at(0.45)) / 0.4);
    const mediastinum = step((y - at(0.2)) / 0.07);
    const trachea = step((at(0.345) - y) / 0.02);
    const fork = y - at(0.33);
    for (let px = 0; px < width; px++) {
      const x = (px + 0.5 - width / 2) / height;
      const dx = x - middle;
      const ax = Math.abs(dx);
      const left = dx > 0;
      const side = left ? 1 : 0;
      // Soft tissue: the chord through an elliptic trunk, shoulders over it, arms beside it.
      const r = ax / torso;
      const trunk = r < 1 ? (0.52 + thick) * Math.sqrt(1 - r * r * 0.93) * step((torso - ax) / 0.008) : 0;
      const yoke = (0.33 + 0.1 * step((0.12 - ax) / 0.06)) * step((shoulder - ax) / 0.025) * (1 - belowArm);
      const arm = 0.3 * step((0.058 - Math.abs(ax - torso - 0.115 + 0.05 * y)) / 0.03) * armTop;
      let v = Math.max(trunk * chest + yoke * (1 - 0.75 * chest), yoke, arm);
      // Abdomen: full of tissue below the domes.
      const dome = domes[side][Math.min(width - 1, Math.round(ax * height))] as number;
      const below = step((y - dome) / 0.005) * step((wall - ax) / 0.02);
      v += below * (0.05 + 0.13 * step((y - dome) / 0.12 - 0.3));
      // Air of the lungs; the heart, thickest in its middle, hides them up to its border.
      const border = borders[side];
      const chamber = step((ax - border) / 0.0055);
      const lung = step((wall - ax) / 0.006) * chamber * (1 - step((y - dome) / 0.0045)) * apexGate;
      const hilum = 0.5 * ellipse(ax - 0.23 * tw, y - at(left ? 0.4 : 0.425), 0.08, 0.09, 0.075);
      const open = lung * (1 - hilum);
      v -= open * (0.44 - haze + 0.05 * (r - 0.5)) * Math.min(1, 0.72 + 0.5 * (1 - r));
      if (a.breasts > 0.2) v += a.breasts * 0.055 * breast(ax, y, at, tw);
      air[py * width + px] = open;
      if (ax < border) {
        const across = ax / border;
        v += mediastinum * (0.055 * Math.sqrt(1 - across * across) - 0.02 - 0.07 * step((at(0.3) - y) / 0.2));
      }
      // Windpipe and main bronchi.
      if (trachea > 0) v -= 0.075 * step((0.016 - Math.abs(dx - 0.004)) / 0.006) * trachea;
      if (fork > 0 && fork < 0.09)
        v -=
          0.045 *
          step((0.011 - Math.abs(ax - fork * (left ? 0.95 : 0.7))) / 0.007) *
          step((0.07 - fork) / 0.03);
      // The spine shines through.
      const s = dx / 0.04;
      if (s * s < 4) v += 0.06 * a.boneDensity * Math.exp(-s * s * s * s);
      // Gas in the stomach, under the left dome.
      if (left && below > 0)
        v -= 0.14 * a.knob * ellipse(dx - 0.46 * tw, y - dome - 0.04, 0.075, 0.024, 0.022) * below;
      data[py * width + px] = Math.max(0, v);
    }
  }
}

function breast(ax: number, y: number, at: (v: number) => number, tw: number): number {
  return ellipse(ax - 0.58 * tw, y - at(0.6), 0.17, 0.125, y > at(0.6) ? 0.015 : 0.09);
}

/** Branching lung vessels from both hila. */
export function paintVessels(grid: Grid, shape: Shape, random: Random): void {
  const grow = (from: Point, angle: number, length: number, half: number, depth: number): void => {
    const bend = random.between(-0.35, 0.35);
    const points = curve(3, (s) => ({
      x: from.x + Math.cos(angle + bend * s) * length * s,
      y: from.y + Math.sin(angle + bend * s) * length * s,
    }));
    addStroke(grid, {
      points,
      halfWidth: (s) => half * (1 - 0.3 * s),
      density: (s) => 8 * half * (1 - 0.25 * s),
      profile: softProfile,
    });
    if (depth === 0) return;
    const end = points[points.length - 1] as Point;
    for (const turn of [random.between(0.15, 0.55), -random.between(0.15, 0.55)])
      grow(end, angle + bend + turn, length * random.between(0.62, 0.9), half * 0.72, depth - 1);
  };
  for (const side of [-1, 1]) {
    for (let k = 0; k < 7; k++) {
      const angle = -1.25 + (k / 6) * 2.7 + random.between(-0.12, 0.12);
      const hilum = {
        x: shape.middle(0.42) + side * shape.tw * random.between(0.2, 0.27),
        y: shape.y(0.42) + 0.02 * (k - 3),
      };
      grow(hilum, side > 0 ? angle : Math.PI - angle, random.between(0.06, 0.085), 0.0085, 4);
    }
  }
}
