import type { Span } from './text.js';
import { NO_NAME } from './text-words.js';

/** How a signature begins: who read, dictated, typed, approved it; in the languages of the reports met so far. */
const LABEL = new RegExp(
  `(?<![\\p{L}\\p{N}])(?:${[
    '(?:electronically|digitally|e-?)[ -]?(?:signed|authenticated|verified|approved)(?:[ \\t]{1,2}by|[ \\t]{1,2}off)?',
    '(?:dictated|transcribed|typed|signed|co-?signed|approved|verified|interpreted|authenticated|finali[sz]ed|released|validated|attested|electronically[ ]reviewed)(?:[ \\t]{1,2}(?:by|and[ ]signed[ ]by|and[ ]finali[sz]ed[ ]by))',
    '(?:report(?:ed)?|read|reviewed)[ \\t]{1,2}(?:electronically[ \\t]{1,2})?(?:by|and[ ](?:signed|approved)[ ]by)',
    '(?:final[ ])?report[ \\t]{1,2}(?:electronically[ \\t]{1,2})?(?:signed|approved|authored|dictated|verified)(?:[ \\t]{1,2}by)?',
    '(?:reading|reporting|interpreting|attending|signing|supervising|responsible|resident|staff|consultant)[ \\t](?:radiologist|physician|doctor|consultant)(?:[ \\t]{1,2}(?:is|:))?(?=[ \\t]{0,3}[:\\n])',
    '(?:radiologist|physician|attending|resident|consultant|transcriptionist|transcriber|typist|dictated|transcribed|signed|signature|electronic[ ]signature|approved|verified|reporter|author|befunder|unterschrift|gezeichnet|signataire|firmado|firma|firmado[ ]por|m[ée]dico|radi[óo]logo|podpis|lekarz|opisa[łl]a?)(?=[ \\t]{0,3}:)',
    '(?:лікар(?:[ -]рентгенолог)?|врач(?:[ -]рентгенолог)?|рентгенолог|підпис|подпись|опис[ ]виконав|описание[ ]выполнил)',
    'gez\\.|e\\.h\\.|i\\.a\\.|/es?/|//s//|/s/',
    'cc(?=[ \\t]{0,2}:)',
  ].join('|')})[ \\t]{0,3}[:=]{0,1}[ \\t]{0,3}`,
  'giu',
);
/** D: 03/12/2024 T: 03/12/2024 10:15, and job numbers: what a dictation system adds. */
const DICTATION =
  /^[ \t]*(?:(?:D|T|DD|DT|TD|TT|R|V|F|Job|Job[ ]?(?:#|ID|No\.?|number)|Document[ ]ID|Dictation[ ]ID|Accession|Doc[ ]?#)[ \t]{0,2}[:#][ \t]{0,3}[^\n]{0,80})$/gimu;
/** The end of a letter: what follows is who wrote it. */
const CLOSING =
  /^[ \t]*(?:(?:yours[ ](?:sincerely|faithfully|truly)|(?:with[ ])?(?:kind|best|warm)(?:est)?[ ]regards|regards|sincerely|many[ ]thanks(?:[ ]for[^\n]{0,60})?|mit[ ](?:freundlichen|kollegialen|besten)[ ](?:kollegialen[ ])?gr[üu](?:ß|ss)en|hochachtungsvoll|cordialement|bien[ ]confraternellement|atentamente|un[ ]saludo|z[ ]powa[żz]aniem|з[ ]повагою|с[ ]уважением)[ \t]*[,.!]?)[ \t]*$/gimu;

/** Words of a signature that are no name: credentials, roles, when and how. */
const WORDS = new Set(
  (
    'am and approved at attending authenticated board-certified by bsc ccst certified chief clinical co-signed ' +
    'consultant date dated dept department digitally director dmrd do dr drs edt edinburgh electronic electronically ' +
    'est facharzt facr fellow ffr ffrrcsi final finalised finalized for franzcr frcp frcr frcs gmc gmt gp hours hrs ' +
    'imaging jr iii ii licence license lic mbbs mbchb mb bs md me med medical mrcp msc no nurse of on opr pa-c ' +
    'pgy phd physician pm privatdozent prof professor pst radiologist radiologists radiology rcr registrar ' +
    'report resident rn rt signature signed specialist specialty sr staff the time this transcribed transcriptionist ' +
    'utc verified via with licensed diagnostic oberarzt oberärztin chefarzt assistenzarzt radiologe radiologin med. ' +
    'für und am um uhr le à el a las con лікар врач рентгенолог дата о в кат категорії категории вищої высшей'
  ).split(' '),
);
/** Beside a name these show that a line belongs to the signature. */
const MARK =
  /(?<![\p{L}\p{N}])(?:M\.?D\.?|D\.?O\.?|Ph\.?D\.?|FRCR|MBBS|MBChB|FFR|FACR|R\.?N\.?|PA-C|GMC|Radiologists?|Consultant|Registrar|Resident|Physician|Attending|Fellow|Specialist|Department|Dept|Professor|Prof|Dr|Doctor|Facharzt|Fach[aä]rztin|Oberarzt|Ober[aä]rztin|Radiologe|Radiologin|Radiologie|Лікар|Врач|Рентгенолог)(?![\p{L}\p{N}])|\d{1,2}[:/.-]\d{2}|\d{4}-\d{2}/iu;

const TOKEN = /[^\s,;|()]{1,80}/gu;
/** Lines that a signature can have behind its first. */
const MOST_LINES = 6;
const MOST_TOKENS = 12;
/** Characters of a line that are looked at: time stays linear in the text. */
const LONGEST = 300;

/**
 * Signature blocks: their label, the names, credentials, dates and times behind it, and the lines below that hold
 * nothing else. What a sentence of findings could be stays: a lower-case word that is no word of a signature ends it.
 */
export function signatureSpans(text: string): Span[] {
  const spans: Span[] = [];
  const lines = new Lines(text);
  const add = (start: number, end: number) => {
    if (end > start) spans.push({ start, end, replacement: '' });
  };
  for (const match of text.matchAll(LABEL)) {
    const from = match.index + match[0].length;
    const end = lines.end(from);
    const { end: stop, named } = signatureEnd(text, from, end);
    // Nobody is named and no colon asks for a name: words of a sentence ("read by the resident").
    if (!named && !/[:=/.][ \t]*$/.test(match[0])) continue;
    const whole = stop === end && lines.isBegin(match.index);
    const last = stop === end ? lines.signature(end, !named) : stop;
    add(whole ? lines.begin(match.index) : match.index, last);
  }
  for (const match of text.matchAll(DICTATION)) {
    if (/\d/.test(match[0])) add(match.index, match.index + match[0].length);
  }
  for (const match of text.matchAll(CLOSING)) {
    const end = match.index + match[0].length;
    add(match.index, lines.signature(end, true));
  }
  return spans;
}

/** Where what may stand in a signature ends, between two places of one line, and whether it names anybody. */
function signatureEnd(text: string, from: number, to: number): { end: number; named: boolean } {
  let end = from;
  let sentence = false;
  let named = false;
  TOKEN.lastIndex = from;
  for (let tokens = 0; tokens < 3 * MOST_TOKENS; tokens++) {
    const match = TOKEN.exec(text);
    if (match === null || match.index >= to) return { end: atEnd(text, end, to), named };
    const token = match[0];
    const kind = kindOf(token);
    // After a full stop a capital begins the next sentence, and "Impression:" the next part of the report.
    if (kind === 'other' || (sentence && kind === 'name') || (kind === 'name' && token.endsWith(':'))) break;
    end = match.index + token.length;
    named ||= kind === 'name';
    sentence = token.endsWith('.') && kind === 'name' && token.length > 3;
  }
  return { end, named };
}

function atEnd(text: string, end: number, to: number): number {
  return /^[\s,;|().]*$/u.test(text.slice(end, to)) ? to : end;
}

function kindOf(token: string): 'word' | 'number' | 'name' | 'other' {
  const bare = token.replace(/^[["'<*-]+|[\]"'>.:*!-]+$/gu, '');
  const lower = bare.toLowerCase();
  if (bare === '' || WORDS.has(lower) || WORDS.has(token.toLowerCase())) return 'word';
  if (/^[#№]?[\d][\d:./-]*(?:am|pm|h|z)?$/iu.test(bare)) return 'number';
  if (/^[A-Z]{0,4}\d{4,}$/u.test(bare)) return 'number';
  if (MARK.test(bare)) return 'word';
  if (/^\p{Lu}[\p{L}\p{M}'’.-]*$/u.test(bare) && !NO_NAME.has(lower)) return 'name';
  return /^(?:van|von|der|den|de|del|della|di|da|dos|la|le|al|bin|ben|ter|zu|el|y)$/u.test(bare)
    ? 'word'
    : 'other';
}

/** Where the lines of a text begin and end. */
class Lines {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  begin(at: number): number {
    const from = Math.max(0, at - LONGEST);
    const found = this.#text.slice(from, at).lastIndexOf('\n');
    return found < 0 ? from : from + found + 1;
  }

  /** Of a line without an end in sight, as far as a signature could reach. */
  end(at: number): number {
    const found = this.#text.slice(at, at + LONGEST).indexOf('\n');
    return found < 0 ? Math.min(this.#text.length, at + LONGEST) : at + found;
  }

  isBegin(at: number): boolean {
    return this.#text.slice(this.begin(at), at).trim() === '';
  }

  /**
   * Where the signature ends whose line ends at `end`.
   * @param named whether a name is still to come: then a line of nothing but a name belongs to it
   */
  signature(end: number, named: boolean): number {
    let last = end;
    let expected = named;
    let at = end;
    for (let line = 0; line < MOST_LINES && at < this.#text.length; line++) {
      const from = at + 1;
      at = this.end(from);
      const words = this.#text.slice(from, at).trim();
      if (words === '') {
        // One empty line may stand before the name.
        if (!expected) break;
        continue;
      }
      const whole = words.length < 120 && signatureEnd(this.#text, from, at).end === at;
      if (!whole || !(MARK.test(words) || (expected && words.split(/\s+/).length <= 5))) break;
      expected = false;
      last = at;
    }
    return last;
  }
}
