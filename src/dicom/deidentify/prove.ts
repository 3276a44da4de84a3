/**
 * The proof: the finished file is read back and searched for what its own input said about persons. It knows nothing
 * of how the de-identifier works, only what must not be there.
 */
import { CxrError } from '../../errors.js';
import type { Dataset, Tag, ValueElement } from '../dataset.js';
import { isPrivate, keywordOf } from '../dictionary.js';
import { readDicom } from '../read.js';
import { textsOf } from '../values.js';
import { isAllowed, isClassUid } from './allowed.js';
import type { DeidResult } from './deidentifier.js';
import { realVR } from './identifiers.js';
import { MARKED } from './marks.js';
import { NUMERIC_TEXT, numericWords } from './numeric-text.js';
import { countsInFixedWords, hitOf, type Pattern, type Patterns, patternsOf, wordsOf } from './patterns.js';

/** Samples and tables of them: any bytes may stand there by chance (PS3.3 C.7.6.3, C.9.2, C.11). */
const SAMPLES = /^(7fe0000[89]|7fe00010|60..3000|50..3000|54001010|56000020)$/;
/** What the program writes there is its own. */
const OURS = new Set<Tag>([...MARKED, '00100010', '00100020']);
const TEXTS = new Set(['AE', 'CS', 'LO', 'LT', 'PN', 'SH', 'ST', 'UC', 'UR', 'UT']);
/** Of a fragment, where headers of its codec stand; the rest is coded samples. */
const HEADER_BYTES = 4096;
/** In bytes that are no text, and in fixed words, only what chance does not make counts. */
const LONG = 6;
/** Not `toString('utf16le')`: on Node 24 that of an odd address or length corrupts memory. */
const UTF16 = new TextDecoder('utf-16le', { ignoreBOM: true });
/** Long values are searched in pieces, so that memory stays bounded; a pattern is shorter than the overlap. */
const PIECE = 2 ** 20;
const OVERLAP = 1024;

/**
 * Search a finished file for the identifying values of its input.
 *
 * Names are searched in any order and spelling of their components, ids and phones with any separators, birth dates
 * in the forms people write, UIDs as they were; in every element but samples, in the character set of the file, in
 * UTF-8, Latin-1 and UTF-16. One word of a name counts only in free text, for a patient may be called Chest; in
 * coded values and numbers only what cannot be a coincidence counts. Values under 4 characters are compared with
 * the value of the same attribute.
 *
 * @param output the bytes that would be stored
 * @throws {CxrError} IDENTITY_LEFT, naming attributes only
 */
export function proveClean(output: Uint8Array, result: Pick<DeidResult, 'identifiers'>): void {
  if (output.subarray(0, 128).some((byte) => byte !== 0)) throw new CxrError('IDENTITY_LEFT', 'preamble');
  const file = readDicom(output);
  const proof = new Proof(patternsOf(result.identifiers.reveal()));
  proof.dataset(file.meta);
  proof.dataset(file.dataset);
}

class Proof {
  readonly #patterns: Patterns;

  constructor(patterns: Patterns) {
    this.#patterns = patterns;
  }

  dataset(dataset: Dataset): void {
    for (const element of dataset.values()) {
      if (OURS.has(element.tag) || SAMPLES.test(element.tag)) {
        if (element.kind === 'fragments') this.#fragments(element.tag, element.fragments);
      } else if (element.kind === 'sequence') for (const item of element.items) this.dataset(item);
      else if (element.kind === 'value') this.#value(element, dataset);
      else this.#fragments(element.tag, element.fragments);
    }
  }

  #value(element: ValueElement, dataset: Dataset): void {
    const { tag, bytes } = element;
    const vr = realVR(tag, element.vr);
    if (bytes.length === 0) return;
    if (vr === 'UI') this.#uidText(tag, textsOf(element, dataset));
    else if (NUMERIC_TEXT.has(vr)) this.#numbers(tag, vr, textsOf(element, dataset));
    else if (TEXTS.has(vr)) this.#text(tag, vr, bytes, textsOf(element, dataset));
    else this.#bytes(tag, bytes);
  }

  #text(tag: Tag, vr: string, bytes: Uint8Array, values: readonly string[]): void {
    this.#short(tag, values);
    const fixed = vr === 'CS' || isAllowed(tag);
    const counts = fixed
      ? (hit: Pattern) => countsInFixedWords(hit) || (vr === 'CS' && hit.strength === 'strong')
      : () => true;
    const decoded = values.join('\n');
    const texts = new Set([decoded]);
    if (/[^\x20-\x7e\n]/.test(decoded)) {
      texts.add(Buffer.from(bytes).toString('utf8'));
      texts.add(Buffer.from(bytes).toString('latin1'));
    }
    if (bytes.subarray(0, -1).includes(0)) texts.add(UTF16.decode(bytes));
    for (const text of texts) {
      this.#words(tag, text, counts);
      this.#strings(tag, text);
      this.#uids(tag, text.match(/\d[\d.]{7,62}\d/g) ?? []);
    }
  }

  /** Numbers are what they are; words among them are text. */
  #numbers(tag: Tag, vr: string, values: readonly string[]): void {
    for (const value of values) if (numericWords(vr, value)) this.#words(tag, value, () => true);
  }

  #uidText(tag: Tag, values: readonly string[]): void {
    this.#uids(tag, values);
    for (const value of values) if (/[^\d.]/.test(value)) this.#words(tag, value, () => true);
  }

  /** Bytes of unknown meaning: private elements that a rule kept, ICC profiles, headers of codecs. */
  #bytes(tag: Tag, bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; at += PIECE)
      this.#piece(tag, bytes.subarray(at, at + PIECE + OVERLAP));
  }

  #piece(tag: Tag, bytes: Uint8Array): void {
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (const text of [buffer.toString('latin1'), UTF16.decode(buffer), UTF16.decode(buffer.subarray(1))]) {
      this.#words(tag, text, (hit) => countsInFixedWords(hit) && hit.length >= LONG);
      this.#uids(tag, text.match(/\d[\d.]{7,62}\d/g) ?? []);
    }
    this.#strings(tag, buffer.toString('utf8'));
  }

  #fragments(tag: Tag, fragments: readonly Uint8Array[]): void {
    for (const fragment of fragments) this.#bytes(tag, fragment.subarray(0, HEADER_BYTES));
  }

  #words(tag: Tag, text: string, counts: (hit: Pattern) => boolean): void {
    for (let at = 0; at < text.length; at += PIECE)
      this.#wordsOf(tag, text.slice(at, at + PIECE + OVERLAP), counts);
  }

  #wordsOf(tag: Tag, text: string, counts: (hit: Pattern) => boolean): void {
    const hit = hitOf(this.#patterns, wordsOf(text), counts);
    if (hit !== undefined) throw left(tag, hit.tag);
  }

  #strings(tag: Tag, text: string): void {
    for (const [string, of] of this.#patterns.strings) if (text.includes(string)) throw left(tag, of);
  }

  #uids(tag: Tag, values: readonly string[]): void {
    for (const value of values) {
      const of = this.#patterns.uids.get(value);
      if (of !== undefined && !isClassUid(tag)) throw left(tag, of);
    }
  }

  #short(tag: Tag, values: readonly string[]): void {
    const known = this.#patterns.short.get(tag);
    if (known === undefined) return;
    if (values.some((value) => known.has(wordsOf(value).join(' ')))) throw left(tag, tag);
  }
}

function left(tag: Tag, of: Tag): CxrError {
  return new CxrError('IDENTITY_LEFT', `${named(tag)} holds a value of ${named(of)}`);
}

function named(tag: Tag): string {
  const name = isPrivate(tag) ? 'private' : (keywordOf(tag) ?? 'unknown');
  return `(${tag.slice(0, 4)},${tag.slice(4)}) ${name}`;
}
