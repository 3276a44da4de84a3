import type { Rect } from './image.js';
import { LONGEST_RUN, type Runs } from './runs.js';

/** Runs that touch, row upon row: a glyph, a part of one, or a few glyphs that touch. */
export interface Component extends Rect {
  /** Indices of its runs. */
  readonly runs: readonly number[];
  /** Median of the strokes' value, and the part of the runs that are near it. */
  readonly level: number;
  readonly constant: number;
  /** Median width of its runs. */
  readonly stroke: number;
}

/** Text is at least this high to be read by anybody. */
const LOWEST = 6;
/** This part of a glyph's rows has its value; the first and last rows are antialiased. */
const CONSTANT = 0.65;

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

function isGlyphLike({ width, height, stroke, constant, runs }: Component, tallest: number): boolean {
  if (height < LOWEST || height > tallest || width > LONGEST_RUN * 8) return false;
  if (stroke > Math.max(2.5, height * 0.5)) return false;
  if (constant < CONSTANT) return false;
  // Letters that touch have more than a stroke each in every row; a wire has one in all.
  if (width > height * 1.8)
    return runs.length / height >= Math.max(1.8, width / height) && width <= height * 16;
  return true;
}

function measure(runs: Runs, list: readonly number[]): Component {
  let [x, right, y, bottom] = [Infinity, -1, Infinity, -1];
  const levels: number[] = [];
  const widths: number[] = [];
  for (const i of list) {
    const [from, to, row, level] = [runs.from[i] ?? 0, runs.to[i] ?? 0, runs.row[i] ?? 0, runs.level[i] ?? 0];
    if (from < x) x = from;
    if (to > right) right = to;
    if (row < y) y = row;
    if (row > bottom) bottom = row;
    levels.push(level);
    widths.push(to - from + 1);
  }
  widths.sort((a, b) => a - b);
  levels.sort((a, b) => a - b);
  const level = levels[levels.length >> 1] ?? 0;
  const stroke = widths[widths.length >> 1] ?? 0;
  // Antialiased strokes of small text are thinner than a pixel here and there, and paler.
  const near = stroke > 3 ? 12 : 45;
  return {
    x,
    y,
    width: right - x + 1,
    height: bottom - y + 1,
    runs: list,
    level,
    constant: levels.filter((value) => Math.abs(value - level) <= near).length / levels.length,
    stroke,
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
