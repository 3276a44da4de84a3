import type { Rect } from './image.js';
import { LONGEST_RUN, type Runs } from './runs.js';

/** Runs that touch, row upon row: a glyph, a part of one, or a few glyphs that touch. */
export interface Component extends Rect {
  /** Indices of its runs. */
  readonly runs: readonly number[];
  /** Mean and standard deviation of the strokes' value. */
  readonly level: number;
  readonly spread: number;
  /** Median width of its runs. */
  readonly stroke: number;
}

/** Text is at least this high to be read by anybody. */
const LOWEST = 6;

/**
 * The components that may be glyphs: of a letter's size and proportions, of thin strokes, of one constant
 * value. Bones, wires and devices change their value along the way; the noise of a film is too small.
 *
 * @param tallest in pixels
 */
export function glyphLike(runs: Runs, tallest: number): Component[] {
  const root = connect(runs);
  const members = new Map<number, number[]>();
  for (let i = 0; i < runs.count; i++) {
    const r = find(root, i);
    const list = members.get(r);
    if (list) list.push(i);
    else members.set(r, [i]);
  }
  const out: Component[] = [];
  for (const list of members.values()) {
    if (list.length < LOWEST - 1) continue;
    const component = measure(runs, list);
    if (isGlyphLike(component, tallest)) out.push(component);
  }
  return out;
}

function isGlyphLike({ width, height, stroke, spread, runs }: Component, tallest: number): boolean {
  if (height < LOWEST || height > tallest || width > LONGEST_RUN * 8) return false;
  if (stroke > Math.max(2.5, height * 0.5)) return false;
  // Antialiased strokes of small text are thinner than a pixel here and there.
  if (spread > (stroke > 3 ? 14 : 38)) return false;
  // Several letters that touch have several strokes a row; a wire has one.
  if (width > height * 1.8) return runs.length / height >= 1.8 && width <= height * 16;
  return true;
}

function measure(runs: Runs, list: readonly number[]): Component {
  let [x, right, y, bottom] = [Infinity, -1, Infinity, -1];
  let [sum, squares] = [0, 0];
  const widths: number[] = [];
  for (const i of list) {
    const [from, to, row, level] = [runs.from[i] ?? 0, runs.to[i] ?? 0, runs.row[i] ?? 0, runs.level[i] ?? 0];
    if (from < x) x = from;
    if (to > right) right = to;
    if (row < y) y = row;
    if (row > bottom) bottom = row;
    sum += level;
    squares += level * level;
    widths.push(to - from + 1);
  }
  widths.sort((a, b) => a - b);
  const level = sum / list.length;
  return {
    x,
    y,
    width: right - x + 1,
    height: bottom - y + 1,
    runs: list,
    level,
    spread: Math.sqrt(Math.max(0, squares / list.length - level * level)),
    stroke: widths[widths.length >> 1] ?? 0,
  };
}

/** Joins runs of neighbouring rows that touch, corners included. */
function connect(runs: Runs): Int32Array {
  const root = Int32Array.from({ length: runs.count }, (_, i) => i);
  const startOf = new Map<number, number>();
  for (let i = 0; i < runs.count; i++) {
    const row = runs.row[i] as number;
    if (!startOf.has(row)) startOf.set(row, i);
  }
  for (const [row, start] of startOf) {
    const above = startOf.get(row - 1);
    if (above === undefined) continue;
    let a = above;
    for (let b = start; b < runs.count && runs.row[b] === row; b++) {
      const [from, to] = [runs.from[b] as number, runs.to[b] as number];
      while (a < start && (runs.to[a] as number) < from - 1) a++;
      for (let k = a; k < start && (runs.from[k] as number) <= to + 1; k++) union(root, k, b);
    }
  }
  return root;
}

function find(root: Int32Array, i: number): number {
  let at = i;
  while (root[at] !== at) {
    root[at] = root[root[at] as number] as number;
    at = root[at] as number;
  }
  return at;
}

function union(root: Int32Array, a: number, b: number): void {
  const [x, y] = [find(root, a), find(root, b)];
  if (x !== y) root[Math.max(x, y)] = Math.min(x, y);
}
