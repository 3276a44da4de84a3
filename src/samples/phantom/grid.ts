/**
 * A map of attenuation: 0 air, about 1 the densest bone. Places are in units of the film's height: y runs from
 * 0 at the top to 1, x from -aspect/2 at the left to aspect/2, so that anatomy keeps its shape on any film.
 */
export interface Grid {
  readonly width: number;
  readonly height: number;
  readonly data: Float32Array;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

export function createGrid(width: number, height: number): Grid {
  return { width, height, data: new Float32Array(width * height) };
}

/** Smooth step: 0 at -1 and below, 1 at 1 and above. */
export function step(t: number): number {
  if (t <= -1) return 0;
  if (t >= 1) return 1;
  return 0.5 + 0.75 * t - 0.25 * t * t * t;
}

/** 1 inside an upright ellipse, 0 outside, `soft` wide between. */
export function ellipse(dx: number, dy: number, rx: number, ry: number, soft: number): number {
  const a = dx / rx;
  const b = dy / ry;
  const d2 = a * a + b * b;
  const least = Math.min(rx, ry);
  if (d2 > (1 + soft / least) ** 2) return 0;
  return step(((1 - Math.sqrt(d2)) * least) / soft);
}

/** A smooth curve through places (y, x), y ascending; flat beyond its ends. */
export function contour(...places: readonly (readonly [y: number, x: number])[]): (y: number) => number {
  return (y) => {
    const next = places.findIndex((p) => p[0] > y);
    if (next === 0) return (places[0] as readonly [number, number])[1];
    if (next < 0) return (places[places.length - 1] as readonly [number, number])[1];
    const at = (i: number) =>
      places[Math.max(0, Math.min(places.length - 1, i))] as readonly [number, number];
    const [p0, p1, p2, p3] = [at(next - 2), at(next - 1), at(next), at(next + 1)];
    const t = (y - p1[0]) / (p2[0] - p1[0]);
    // Cubic Hermite with the slopes of the neighbours.
    const m1 = ((p2[1] - p0[1]) / (p2[0] - p0[0] || 1)) * (p2[0] - p1[0]);
    const m2 = ((p3[1] - p1[1]) / (p3[0] - p1[0] || 1)) * (p2[0] - p1[0]);
    const u = 1 - t;
    return (1 + 2 * t) * u * u * p1[1] + t * u * u * m1 + t * t * (3 - 2 * t) * p2[1] + t * t * (t - 1) * m2;
  };
}

/** Bone: a body between two brighter cortical edges. `t` is the distance from the middle over half width. */
export function boneProfile(t: number): number {
  if (t > 1.3) return 0;
  const edge = (t - 0.8) / 0.42;
  return 0.72 * step((1 - t) / 0.3) + 0.28 * Math.max(0, 1 - edge * edge);
}

/** A round soft vessel, wire or tube. */
export function softProfile(t: number): number {
  return t > 1.5 ? 0 : Math.exp(-1.8 * t * t);
}

export interface Stroke {
  readonly points: readonly Point[];
  /** Half width at 0 (start) to 1 (end), in units of the film's height. */
  readonly halfWidth: (along: number) => number;
  readonly density: (along: number) => number;
  readonly profile: (t: number) => number;
}

const reach = new WeakMap<Float32Array, { distance: Float32Array; along: Float32Array }>();

/** Adds a curve, each pixel by its distance from the nearest point of it; a curve never adds to itself. */
export function addStroke(grid: Grid, stroke: Stroke): void {
  const { width, height, data } = grid;
  let scratch = reach.get(data);
  if (!scratch) {
    scratch = { distance: new Float32Array(data.length).fill(9), along: new Float32Array(data.length) };
    reach.set(data, scratch);
  }
  // Squared distances; 9 is further than any film reaches.
  const { distance, along } = scratch;
  const touched: number[] = [];
  const n = stroke.points.length - 1;
  for (let k = 0; k < n; k++) {
    const a = stroke.points[k] as Point;
    const b = stroke.points[k + 1] as Point;
    const pad = 1.5 * Math.max(stroke.halfWidth(k / n), stroke.halfWidth((k + 1) / n), 0.5 / height);
    const toX = (x: number) => x * height + width / 2;
    const x0 = Math.max(0, Math.floor(toX(Math.min(a.x, b.x) - pad)));
    const x1 = Math.min(width - 1, Math.ceil(toX(Math.max(a.x, b.x) + pad)));
    const y0 = Math.max(0, Math.floor((Math.min(a.y, b.y) - pad) * height));
    const y1 = Math.min(height - 1, Math.ceil((Math.max(a.y, b.y) + pad) * height));
    const ux = b.x - a.x;
    const uy = b.y - a.y;
    const length2 = ux * ux + uy * uy || 1e-12;
    for (let py = y0; py <= y1; py++) {
      const y = (py + 0.5) / height - a.y;
      for (let px = x0; px <= x1; px++) {
        const x = (px + 0.5 - width / 2) / height - a.x;
        const t = Math.max(0, Math.min(1, (x * ux + y * uy) / length2));
        const rx = x - t * ux;
        const ry = y - t * uy;
        const d = rx * rx + ry * ry;
        const i = py * width + px;
        const before = distance[i] as number;
        if (d >= before || d > pad * pad) continue;
        if (before === 9) touched.push(i);
        distance[i] = d;
        along[i] = (k + t) / n;
      }
    }
  }
  for (const i of touched) {
    const s = along[i] as number;
    const t = Math.sqrt(distance[i] as number) / stroke.halfWidth(s);
    data[i] = (data[i] as number) + stroke.density(s) * stroke.profile(t);
    distance[i] = 9;
  }
}

/** Points of a curve given by a function of 0..1. */
export function curve(count: number, at: (s: number) => Point): Point[] {
  return Array.from({ length: count + 1 }, (_, i) => at(i / count));
}
