import { type Component, glyphLike } from './components.js';
import { readGlyph, SURE } from './glyphs.js';
import { around, contains, type GreyImage, type Rect } from './image.js';
import { groupLines, type TextLine } from './lines.js';
import { type DeviceFacts, type DeviceRule, rectsFor } from './rules.js';
import { contrastOf, findRuns, type Runs } from './runs.js';

export interface BurnInFacts extends DeviceFacts {
  /** BurnedInAnnotation (0028,0301) as it stands in the file. */
  readonly burnedInAnnotation?: string;
}

export interface Finding {
  /** Pixels of the image that was given. */
  readonly rect: Rect;
  /**
   * `text`: looks like text and is no known marker; `marker`: a side or view marker, stays; `device`: a device
   * rule names the rectangle; `flag`: the file itself says so (the rectangle is the whole image).
   */
  readonly kind: 'text' | 'marker' | 'device' | 'flag';
  /** 0 to 1: how much a text looks like text; 1 for rules and flags. */
  readonly score: number;
}

export interface BurnInResult {
  readonly findings: readonly Finding[];
  /** A person has to look: text that no device rule covers, or BurnedInAnnotation YES without a rule. */
  readonly review: boolean;
}

/** Words of markers: side, view, position. Whole words only, every letter recognised. */
const MARKERS = new Set(
  (
    'L R LT RT LEFT RIGHT AP PA LAT LL RL LATERAL AXIAL PORT PORTABLE ERECT UPRIGHT SUPINE SITTING STANDING PRONE ' +
    'INSP EXP IN EX CHEST CXR'
  ).split(' '),
);
/** Letters that the strokes cannot tell apart in every face. */
const ALIKE: Readonly<Record<string, string>> = { '1': 'I', '0': 'O', Q: 'O', '5': 'S', '8': 'B', '2': 'Z' };
/** A word ends where the gap is wider than this, in heights. */
const SPACE = 0.38;
const MOST_MARKER_WORDS = 3;
/** Higher letters name no patient. Part of the picture's shorter side. */
const TALLEST = 0.06;
/** From here on a line is text. */
const TEXT = 0.5;

/**
 * Looks for text that was burned into the pixels (PS3.15 E.3.1, Clean Pixel Data).
 *
 * Drawn text is thin, sharp-edged strokes of one value, in glyphs of one height on one line; anatomy, wires and
 * noise are not. Bright and dark text are looked for, across and down the picture. A lone glyph is a lead
 * marker; a line whose every word is a known side or view marker stays.
 *
 * @param image the film as shown, at its stored size: findings are pixels of it
 * @param rules device rules (`loadDeviceRules`); what they cover is reported as `device`, to be redacted
 */
export function detectBurnedIn(
  image: GreyImage,
  facts: BurnInFacts = {},
  rules: readonly DeviceRule[] = [],
): BurnInResult {
  const device = rectsFor(rules, facts, image).map((rect): Finding => ({ rect, kind: 'device', score: 1 }));
  const contrast = contrastOf(image);
  const lines = ([1, -1] as const).flatMap((polarity) => linesOf(image, polarity, contrast));
  const uncovered = lines.filter(({ rect }) => !device.some((rule) => contains(rule.rect, rect)));
  const flagged = facts.burnedInAnnotation?.trim().toUpperCase() === 'YES' && device.length === 0;
  const whole = { x: 0, y: 0, width: image.width, height: image.height };
  const findings: Finding[] = [...device, ...uncovered];
  if (flagged) findings.push({ rect: whole, kind: 'flag', score: 1 });
  return { findings, review: flagged || findings.some(({ kind }) => kind === 'text') };
}

function linesOf(image: GreyImage, polarity: 1 | -1, contrast: number): Finding[] {
  const runs = findRuns(image, polarity, contrast);
  const tallest = Math.max(40, TALLEST * Math.min(image.width, image.height));
  const components = glyphLike(runs, tallest);
  return groupLines(components).flatMap((line) => judge(runs, line));
}

function judge(runs: Runs, line: TextLine): Finding[] {
  const rect = around(line.parts);
  if (line.glyphs === 1) return [];
  if (!line.turned && isMarker(runs, line)) return [{ rect, kind: 'marker', score: 1 }];
  const score = textScore(runs, line);
  return score >= TEXT ? [{ rect, kind: 'text', score }] : [];
}

/** More glyphs, and glyphs that look like letters, make it text. */
function textScore(runs: Runs, line: TextLine): number {
  const { parts, glyphs, turned } = line;
  const long = Math.min(1, (glyphs - 1) / 6);
  // The shapes of turned glyphs are not compared: there must be more of them.
  if (turned) return parts.length >= 4 ? 0.4 + 0.6 * long : 0;
  const read = parts.slice(0, 12).map((part) => readGlyph(runs, part).distance);
  const letters = read.filter((distance) => distance < SURE).length / read.length;
  return 0.5 * long + 0.6 * letters * Math.min(1, glyphs / 3);
}

function isMarker(runs: Runs, line: TextLine): boolean {
  const words = wordsOf(line.parts);
  if (words.length > MOST_MARKER_WORDS) return false;
  return words.every((word) => {
    const read = word.map((part) => readGlyph(runs, part));
    if (!read.every(({ distance }) => distance < SURE)) return false;
    const text = read.map(({ character }) => character).join('');
    return MARKERS.has(text) || MARKERS.has(text.replace(/[01258Q]/g, (c) => ALIKE[c] ?? c));
  });
}

function wordsOf(parts: readonly Component[]): Component[][] {
  const words: Component[][] = [];
  let end = -Infinity;
  for (const part of parts) {
    const word = words[words.length - 1];
    if (word && part.x - end <= SPACE * part.height) word.push(part);
    else words.push([part]);
    end = part.x + part.width;
  }
  return words;
}
