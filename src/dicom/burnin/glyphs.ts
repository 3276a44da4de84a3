import type { Component } from './components.js';
import type { Runs } from './runs.js';
import { CHARACTERS, type Line, strokesOf } from './strokes.js';

/** Grid on which shapes are compared. */
const COLUMNS = 12;
const ROWS = 16;
/** Stroke widths of the templates, as parts of the letter's height: light, regular, bold. */
const WEIGHTS = [0.09, 0.15, 0.22] as const;

interface Shape {
  /** Ink by cell, 0 to 1, the bounding box stretched to the grid and softened. */
  readonly ink: Float32Array;
  /** Width by height of the bounding box. */
  readonly aspect: number;
}

interface Template extends Shape {
  readonly character: string;
}

/**
 * Mean difference of ink, 0 to 1, between a component and the nearest template of each capital letter and digit.
 * The same letter of sans and serif faces lies below `SURE`, other shapes mostly above.
 */
export type Likeness = ReadonlyMap<string, number>;

export const SURE = 0.16;

let templates: readonly Template[] | undefined;

/** How like each letter and digit a component is. */
export function likeness(runs: Runs, component: Component): Likeness {
  templates ??= makeTemplates();
  const shape = shapeOf(runs, component);
  const out = new Map<string, number>();
  for (const template of templates) {
    const distance = difference(shape, template);
    if (distance < (out.get(template.character) ?? 1)) out.set(template.character, distance);
  }
  return out;
}

/** Distance to the nearest letter or digit. */
export function nearest(like: Likeness): number {
  return Math.min(1, ...like.values());
}

function difference(a: Shape, b: Shape): number {
  let sum = 0;
  for (let i = 0; i < a.ink.length; i++) sum += Math.abs((a.ink[i] ?? 0) - (b.ink[i] ?? 0));
  // Faces differ in width by a third; an I and an O by far more.
  return sum / a.ink.length + 0.12 * Math.max(0, Math.abs(Math.log(a.aspect / b.aspect)) - 0.3);
}

function shapeOf(runs: Runs, { x, y, width, height, runs: list }: Component): Shape {
  const ink = new Float32Array(COLUMNS * ROWS);
  for (const i of list) {
    const top = (((runs.row[i] ?? 0) - y) * ROWS) / height;
    const left = (((runs.from[i] ?? 0) - x) * COLUMNS) / width;
    const right = (((runs.to[i] ?? 0) - x + 1) * COLUMNS) / width;
    spread(ink, left, right, top, top + ROWS / height);
  }
  return { ink: soften(ink), aspect: width / height };
}

/** Adds a rectangle of ink, by the part of each cell that it covers. */
function spread(ink: Float32Array, left: number, right: number, top: number, bottom: number): void {
  for (let r = Math.floor(top); r < Math.min(ROWS, bottom); r++) {
    const high = Math.min(bottom, r + 1) - Math.max(top, r);
    for (let c = Math.floor(left); c < Math.min(COLUMNS, right); c++) {
      const wide = Math.min(right, c + 1) - Math.max(left, c);
      ink[r * COLUMNS + c] = (ink[r * COLUMNS + c] ?? 0) + high * wide;
    }
  }
}

/** A 3 x 3 mean: a stroke one cell aside is near, not wrong. */
function soften(ink: Float32Array): Float32Array {
  const out = new Float32Array(ink.length);
  for (let r = 0; r < ROWS; r++)
    for (let c = 0; c < COLUMNS; c++) {
      let [sum, count] = [0, 0];
      for (let dr = -1; dr <= 1; dr++)
        for (let dc = -1; dc <= 1; dc++) {
          if (r + dr < 0 || r + dr >= ROWS || c + dc < 0 || c + dc >= COLUMNS) continue;
          sum += ink[(r + dr) * COLUMNS + c + dc] ?? 0;
          count++;
        }
      out[r * COLUMNS + c] = sum / count;
    }
  return out;
}

function makeTemplates(): Template[] {
  return CHARACTERS.flatMap((character) =>
    WEIGHTS.map((weight) => ({ character, ...drawn(strokesOf(character) ?? [], weight * 6) })),
  );
}

/** The shape of strokes of a width, on the 4 x 6 grid of `strokes.ts`. */
function drawn(lines: readonly Line[], weight: number): Shape {
  const xs = lines.flat().map(([x]) => x);
  const [left, right] = [Math.min(...xs) - weight / 2, Math.max(...xs) + weight / 2];
  const [top, bottom] = [-weight / 2, 6 + weight / 2];
  const ink = new Float32Array(COLUMNS * ROWS);
  const fine = 4;
  for (let r = 0; r < ROWS * fine; r++)
    for (let c = 0; c < COLUMNS * fine; c++) {
      const x = left + ((c + 0.5) / (COLUMNS * fine)) * (right - left);
      const y = top + ((r + 0.5) / (ROWS * fine)) * (bottom - top);
      if (distanceToLines(lines, x, y) > weight / 2) continue;
      const cell = Math.floor(r / fine) * COLUMNS + Math.floor(c / fine);
      ink[cell] = (ink[cell] ?? 0) + 1 / (fine * fine);
    }
  return { ink: soften(ink), aspect: (right - left) / (bottom - top) };
}

/** Distance of a point to the nearest stroke. */
export function distanceToLines(lines: readonly Line[], x: number, y: number): number {
  let least = Infinity;
  for (const line of lines)
    for (let i = 1; i < line.length; i++) {
      const [ax, ay] = line[i - 1] ?? [0, 0];
      const [bx, by] = line[i] ?? [0, 0];
      const length = (bx - ax) ** 2 + (by - ay) ** 2;
      const t =
        length === 0 ? 0 : Math.max(0, Math.min(1, ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / length));
      least = Math.min(least, Math.hypot(x - ax - t * (bx - ax), y - ay - t * (by - ay)));
    }
  return least;
}
