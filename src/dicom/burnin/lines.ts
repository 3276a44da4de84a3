import type { Component } from './components.js';

/** Components one beside the other as text stands: of one height, on one line, of one value. */
export interface TextLine {
  /** From left to right. */
  readonly parts: readonly Component[];
  /** Glyphs, those that touch counted by width. */
  readonly glyphs: number;
}

/** Widest gap between letters of one line, in heights: a space and a little more. */
const WIDEST_GAP = 1.1;
/** A glyph is about this wide, in heights. */
const GLYPH_WIDTH = 0.75;

/** Groups components into lines across the picture; a component is in one line. */
export function groupLines(components: readonly Component[]): TextLine[] {
  const parts = [...components].sort((a, b) => a.x - b.x);
  const taken = new Set<number>();
  const lines: TextLine[] = [];
  for (let i = 0; i < parts.length; i++) {
    const first = parts[i];
    if (!first || taken.has(i)) continue;
    const line = [first];
    let end = first.x + first.width;
    let tall = first.height;
    for (let k = i + 1; k < parts.length; k++) {
      const next = parts[k];
      // Sorted by their start: nothing further on can be near enough.
      if (!next || next.x > end + WIDEST_GAP * 2 * tall) break;
      const last = line[line.length - 1];
      if (taken.has(k) || !last || !follows(last, next, end, tall)) continue;
      line.push(next);
      taken.add(k);
      end = Math.max(end, next.x + next.width);
      tall = Math.max(tall, Math.min(next.height, tall * 1.3));
    }
    lines.push({ parts: line, glyphs: line.reduce((sum, part) => sum + glyphsOf(part), 0) });
  }
  return lines;
}

function glyphsOf({ width, height }: Component): number {
  return Math.max(1, Math.round(width / (GLYPH_WIDTH * height) - 0.4));
}

function follows(last: Component, next: Component, end: number, tall: number): boolean {
  if (next.x - end > WIDEST_GAP * Math.max(tall, next.height) || next.x < end - 0.35 * tall) return false;
  // Letters with and without ascenders, punctuation not.
  const ratio = next.height / tall;
  if (ratio < 0.5 || ratio > 2) return false;
  const overlap = Math.min(last.y + last.height, next.y + next.height) - Math.max(last.y, next.y);
  if (overlap < 0.55 * Math.min(last.height, next.height)) return false;
  if (Math.abs(last.level - next.level) > 24) return false;
  // One weight in one line: a bone's edge beside a letter is no letter.
  const strokes = last.stroke / next.stroke;
  return strokes > 0.33 && strokes < 3;
}
