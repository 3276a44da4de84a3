import { type Component, glyphLike } from './components.js';
import { type Likeness, likeness, nearest, SURE } from './glyphs.js';
import { around, contains, covered, type GreyImage, type Rect, transposed } from './image.js';
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
const MARKERS = (
  'L R LT RT LEFT RIGHT AP PA LAT LL RL LATERAL AXIAL PORT PORTABLE ERECT UPRIGHT SUPINE SITTING STANDING PRONE ' +
  'INSP EXP IN EX CHEST CXR'
).split(' ');
/** A word is read as a marker where its letters differ from the marker's by no more, on average and at most. */
const MEAN_LIKENESS = 0.165;
const LEAST_LIKENESS = 0.23;
/** And where no other letter fits much better. */
const CLEARLY_BETTER = 0.07;
/** A word ends where the gap is wider than this, in heights. */
const SPACE = 0.5;
const MOST_MARKER_WORDS = 3;
/** Higher letters name no patient. Part of the picture's shorter side. */
const TALLEST = 0.06;
/** A line that lies this much inside a marker belongs to it. */
const INSIDE_MARKER = 0.6;

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
  const lines = linesOf(image);
  const markers = lines.filter(({ kind }) => kind === 'marker');
  // Between the letters of a marker there are shapes of the other polarity.
  const uncovered = lines.filter(
    ({ rect, kind }) =>
      !device.some((rule) => contains(rule.rect, rect)) &&
      (kind === 'marker' || !markers.some((marker) => covered(marker.rect, rect) > INSIDE_MARKER)),
  );
  const flagged = facts.burnedInAnnotation?.trim().toUpperCase() === 'YES' && device.length === 0;
  const whole = { x: 0, y: 0, width: image.width, height: image.height };
  const findings: Finding[] = [...device, ...uncovered];
  if (flagged) findings.push({ rect: whole, kind: 'flag', score: 1 });
  return { findings, review: flagged || findings.some(({ kind }) => kind === 'text') };
}

function linesOf(image: GreyImage): Finding[] {
  const contrast = contrastOf(image);
  const tallest = Math.max(64, TALLEST * Math.min(image.width, image.height));
  const found = (picture: GreyImage, judge: typeof judgeAcross) => {
    const { bright, dark } = findRuns(picture, contrast);
    return [bright, dark].flatMap((runs) =>
      groupLines(glyphLike(runs, tallest)).flatMap((line) => judge(runs, line)),
    );
  };
  const down = found(transposed(image), (_, line) => judgeDown(line));
  return [
    ...found(image, judgeAcross),
    ...down.map(({ rect: { x, y, width, height }, ...rest }) => ({
      rect: { x: y, y: x, width: height, height: width },
      ...rest,
    })),
  ];
}

/**
 * Four glyphs of one height, value and weight on one line are text by themselves. Fewer must look like capitals
 * or digits: of three one, of two both.
 */
function judgeAcross(runs: Runs, line: TextLine): Finding[] {
  const { parts, glyphs } = line;
  const rect = around(parts);
  if (glyphs === 1) return [];
  if (isMarker(runs, line)) return [{ rect, kind: 'marker', score: 1 }];
  // Letters that touch are one part.
  const count = parts.length >= 2 ? parts.length : glyphs - 1;
  if (count >= 4) return [{ rect, kind: 'text', score: Math.min(1, count / 8) }];
  const sure = parts.filter((part) => nearest(likeness(runs, part)) < SURE).length;
  return sure >= 4 - count ? [{ rect, kind: 'text', score: count / 8 }] : [];
}

/** Letters on their side are not compared, and a lone part down the picture is a bar: there must be four. */
function judgeDown({ parts }: TextLine): Finding[] {
  return parts.length < 4
    ? []
    : [{ rect: around(parts), kind: 'text', score: Math.min(1, parts.length / 8) }];
}

function isMarker(runs: Runs, line: TextLine): boolean {
  const words = wordsOf(line.parts);
  if (words.length > MOST_MARKER_WORDS) return false;
  return words.every((word) => {
    const like = word.map((part) => likeness(runs, part));
    return MARKERS.some((marker) => marker.length === like.length && reads(like, marker));
  });
}

function reads(like: readonly Likeness[], marker: string): boolean {
  const distances = like.map((letter, i) => letter.get(marker.charAt(i)) ?? 1);
  const mean = distances.reduce((sum, distance) => sum + distance, 0) / distances.length;
  return (
    mean <= MEAN_LIKENESS &&
    distances.every(
      (distance, i) =>
        distance <= LEAST_LIKENESS && distance - nearest(like[i] ?? new Map()) <= CLEARLY_BETTER,
    )
  );
}

function wordsOf(parts: readonly Component[]): Component[][] {
  const gaps = parts.slice(1).map((part, i) => part.x - (parts[i]?.x ?? 0) - (parts[i]?.width ?? 0));
  // Some faces space all letters widely.
  const space = Math.max(0, ...(gaps.length > 0 ? [2.2 * Math.min(...gaps)] : []));
  const words: Component[][] = [];
  let end = -Infinity;
  for (const part of parts) {
    const word = words[words.length - 1];
    if (word && part.x - end <= Math.max(space, SPACE * part.height)) word.push(part);
    else words.push([part]);
    end = part.x + part.width;
  }
  return words;
}
