import type { Component } from './components.js';

/** Components one beside the other as text stands: of one height, on one line, of one value. */
export interface TextLine {
  /** In reading order, left to right (or top to bottom, where turned). */
  readonly parts: readonly Component[];
  /** Glyphs, those that touch counted by width. */
  readonly glyphs: number;
  /** The line runs down the picture. */
  readonly turned: boolean;
}

/** Widest gap between letters of one line, in heights: a space and a little more. */
const WIDEST_GAP = 1.1;
/** A glyph is about this wide, in heights. */
const GLYPH_WIDTH = 0.75;

/** Groups components into lines, both across and down; a component is in at most one line of each direction. */
export function groupLines(components: readonly Component[]): TextLine[] {
  return [...grouped(components, false), ...grouped(components, true)];
}

function grouped(components: readonly Component[], turned: boolean): TextLine[] {
  const boxes = components.map((component) => ({ component, ...axes(component, turned) }));
  boxes.sort((a, b) => a.at - b.at);
  const taken = new Set<number>();
  const lines: TextLine[] = [];
  for (let i = 0; i < boxes.length; i++) {
    const first = boxes[i];
    if (!first || taken.has(i)) continue;
    const line = [first];
    taken.add(i);
    let end = first.at + first.long;
    let tall = first.tall;
    for (let k = i + 1; k < boxes.length; k++) {
      const next = boxes[k];
      if (!next) break;
      // Sorted by start: nothing further on can be near enough, but for what the widest allows.
      if (next.at > end + WIDEST_GAP * 2 * tall) break;
      const last = line[line.length - 1];
      if (taken.has(k) || !last || !follows(last, next, end, tall)) continue;
      line.push(next);
      taken.add(k);
      end = Math.max(end, next.at + next.long);
      tall = Math.max(tall, Math.min(next.tall, tall * 1.3));
    }
    const glyphs = line.reduce(
      (sum, box) => sum + Math.max(1, Math.round(box.long / (GLYPH_WIDTH * box.tall) - 0.4)),
      0,
    );
    lines.push({ parts: line.map((box) => box.component), glyphs, turned });
  }
  return lines;
}

interface Box {
  readonly at: number;
  readonly long: number;
  readonly across: number;
  readonly tall: number;
  readonly component: Component;
}

function follows(last: Box, next: Box, end: number, tall: number): boolean {
  if (next.at - end > WIDEST_GAP * Math.max(tall, next.tall) || next.at < end - 0.35 * tall) return false;
  // Letters with and without ascenders, punctuation not.
  const ratio = next.tall / tall;
  if (ratio < 0.5 || ratio > 2) return false;
  const overlap =
    Math.min(last.across + last.tall, next.across + next.tall) - Math.max(last.across, next.across);
  if (overlap < 0.55 * Math.min(last.tall, next.tall)) return false;
  if (Math.abs(last.component.level - next.component.level) > 24) return false;
  // One weight in one line: a bone's edge beside a letter is no letter.
  const strokes = last.component.stroke / next.component.stroke;
  return strokes > 0.33 && strokes < 3;
}

/** Along the line, and across it. */
function axes({ x, y, width, height }: Component, turned: boolean): Omit<Box, 'component'> {
  return turned
    ? { at: y, long: height, across: x, tall: width }
    : { at: x, long: width, across: y, tall: height };
}
