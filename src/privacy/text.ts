import { dateSpans } from './text-dates.js';
import { idSpans } from './text-ids.js';
import { knownNameSpans } from './text-names.js';
import { patternSpans } from './text-patterns.js';
import { titledNameSpans } from './text-titles.js';

/**
 * What the header of one patient's file says about persons and numbers, raw, as it stands there. Order and
 * duplicates do not matter; empty values are ignored.
 */
export interface KnownIdentifiers {
  /** Person names (VR PN) of anybody: patient, physicians, operators. `FAMILY^GIVEN^MIDDLE^PREFIX^SUFFIX`, groups by `=`. */
  readonly names?: readonly string[];
  /** Patient ids, accession numbers, study ids, device serials and other numbers. */
  readonly ids?: readonly string[];
  /** Dates (VR DA or DT): in the text they are recognised in their short numeric forms too. */
  readonly dates?: readonly string[];
  /** Birth dates: removed, never shifted. */
  readonly birthDates?: readonly string[];
  readonly phones?: readonly string[];
  /** Other texts removed as a whole: institution, department, address. */
  readonly phrases?: readonly string[];
  /** Whole days that this patient's dates go back; without it every date becomes `[DATE]`. */
  readonly shiftDays?: number;
}

/** A stretch of the text, in UTF-16 units, and what stands there afterwards. */
export interface Span {
  readonly start: number;
  readonly end: number;
  readonly replacement: string;
}

/**
 * Makes a cleaner of free text (PS3.15 E.3.5, Clean Descriptors) for one patient. It removes what the header
 * knows (names in any order, case, accent and spelling that the PN components allow; ids with any separators)
 * and what looks like it (dates, phones, e-mail, social security and record numbers, titled names). Dates are
 * shifted, or become `[DATE]` where day and month cannot be told apart. Anatomy, findings, levels (`L4-5`),
 * fractions (`3/4 of`) and measurements stay.
 *
 * Time is linear in the text's length. Nothing is thrown for any text.
 */
export function createTextCleaner(known: KnownIdentifiers): (text: string) => string {
  const matchers = [
    knownNameSpans(known.names ?? [], known.phrases ?? []),
    idSpans(known.ids ?? [], known.phones ?? []),
    dateSpans(known),
    titledNameSpans,
    patternSpans,
  ];
  return (text) =>
    replaceSpans(
      text,
      matchers.flatMap((matcher) => matcher(text)),
    );
}

/** Overlapping spans become one that covers both, with the replacement of the longer. */
export function replaceSpans(text: string, spans: readonly Span[]): string {
  if (spans.length === 0) return text;
  const sorted = [...spans].sort((a, b) => a.start - b.start || b.end - a.end);
  let out = '';
  let at = 0;
  let open: Span | undefined;
  const close = () => {
    if (!open) return;
    out += text.slice(at, open.start) + open.replacement;
    at = open.end;
  };
  for (const span of sorted) {
    if (open && span.start < open.end) {
      const longer = span.end - span.start > open.end - open.start ? span : open;
      open = { start: open.start, end: Math.max(open.end, span.end), replacement: longer.replacement };
      continue;
    }
    close();
    open = span;
  }
  close();
  return out + text.slice(at);
}
