/** Carries out a decision on the bytes of one element. */
import type { Pseudonyms } from '../../privacy/pseudonyms.js';
import type { Dataset, Tag, ValueElement } from '../dataset.js';
import { characterSets, textsOf } from '../values.js';
import { ageBand } from './ages.js';
import { shiftDate, shiftDateTime } from './dates.js';
import { realVR } from './identifiers.js';
import type { Action, Decision } from './plan.js';
import { asciiBytes, dummyBytes } from './values.js';

export interface Tools {
  readonly pseudonyms: Pseudonyms;
  readonly shiftDays: number;
  readonly cleanText: (text: string) => string;
  /** Told of every UID that was mapped. */
  readonly onUid: (tag: Tag, uid: string, bytes: Uint8Array) => void;
}

/** What was done; `unchanged` is a text or UID that needed no change. */
export type Outcome = Exclude<Action, 'keep'> | 'unchanged';

export interface Changed {
  readonly outcome: Outcome | 'keep';
  /** Undefined where the element goes. */
  readonly element: ValueElement | undefined;
}

const EMPTY = new Uint8Array(0);
const CLEANABLE = new Set(['LO', 'SH', 'LT', 'ST', 'UT', 'UC', 'AE', 'PN', 'UR']);
const LIMITS: Readonly<Record<string, number>> = { LO: 64, SH: 16, AE: 16 };

export function changeValue(
  element: ValueElement,
  dataset: Dataset,
  decision: Decision,
  tools: Tools,
): Changed {
  const vr = realVR(element.tag, element.vr);
  const give = (text: string | undefined): Changed =>
    text === undefined
      ? fallBack(element, vr, decision.otherwise)
      : { outcome: decision.action, element: withText(element, vr, asciiBytes(text)) };
  const values = () => textsOf(element, dataset);

  switch (decision.action) {
    case 'keep':
      return { outcome: 'keep', element };
    case 'dummy':
      // The dummy of a UID is another UID: it must stay unique.
      return vr === 'UI' ? mapUids(element, values(), tools) : fallBack(element, vr, 'dummy');
    case 'remove':
    case 'empty':
      return fallBack(element, vr, decision.action);
    case 'replace':
      return give(decision.value);
    case 'uid':
      return mapUids(element, values(), tools);
    case 'shift':
      return give(
        each(values(), (value) => (vr === 'DA' ? shiftDate : shiftDateTime)(value, tools.shiftDays)),
      );
    case 'band':
      return give(vr === 'AS' ? each(values(), ageBand) : each(values(), sex));
    case 'hash':
      return give(each(values(), (value) => tools.pseudonyms.text(`site/${element.tag}`, value, 16)));
    case 'text':
      return CLEANABLE.has(vr)
        ? cleanValue(element, vr, dataset, tools)
        : fallBack(element, vr, decision.otherwise);
    case 'pseudonym':
      throw new Error('pseudonyms are given by the patient of the dataset');
  }
}

function fallBack(element: ValueElement, vr: string, action: 'remove' | 'empty' | 'dummy'): Changed {
  if (action === 'remove') return { outcome: action, element: undefined };
  // PS3.15 D replaces a value; where there is none, none is invented.
  const bytes = action === 'empty' || element.bytes.length === 0 ? EMPTY : dummyBytes(vr);
  return { outcome: action, element: withText(element, vr, bytes) };
}

/** The writer pads what is written as UN with NUL; text in it still wants a space (PS3.5 6.2). */
function withText(element: ValueElement, vr: string, bytes: Uint8Array): ValueElement {
  const pads = element.vr === 'UN' && vr !== 'UI' && bytes.length % 2 === 1;
  return { ...element, bytes: pads ? Buffer.concat([bytes, Buffer.from(' ')]) : bytes };
}

/** All values changed, or undefined where one cannot be; empty ones stay empty. */
function each(values: readonly string[], change: (value: string) => string | undefined): string | undefined {
  const changed = values.map((value) => (value === '' ? '' : change(value)));
  return changed.includes(undefined) ? undefined : changed.join('\\');
}

/** PS3.3 C.7.1.1: the terms of Patient's Sex; other words there may say more. */
function sex(value: string): string | undefined {
  return ['M', 'F', 'O'].includes(value.trim()) ? value.trim() : undefined;
}

/** UIDs that the DICOM standard registers say nothing of a patient (PS3.6 A); numbers there are short. */
export function isRegistered(uid: string): boolean {
  return /^1\.2\.840\.10008(\.\d{1,4}){1,9}$/.test(uid);
}

/** These identify this very object; one under the registered root was put there by mistake. */
const OWN = new Set(['00080018', '0020000d', '0020000e']);

function mapUids(element: ValueElement, values: readonly string[], tools: Tools): Changed {
  const { tag, bytes } = element;
  const mapped = values.map((uid) => {
    if (uid === '' || (isRegistered(uid) && !OWN.has(tag))) return uid;
    if (!isRegistered(uid)) tools.onUid(tag, uid, bytes);
    return tools.pseudonyms.uid(uid);
  });
  if (mapped.every((uid, i) => uid === values[i])) return { outcome: 'unchanged', element };
  return { outcome: 'uid', element: { ...element, bytes: asciiBytes(mapped.join('\\')) } };
}

function cleanValue(element: ValueElement, vr: string, dataset: Dataset, tools: Tools): Changed {
  const values = textsOf(element, dataset);
  const cleaned = values.map((value) => tools.cleanText(value));
  if (cleaned.every((value, i) => value === values[i])) return { outcome: 'unchanged', element };
  const limited = cleaned.map((value) => value.slice(0, LIMITS[vr])).join('\\');
  return { outcome: 'text', element: withText(element, vr, encode(limited, characterSets(dataset))) };
}

/** In the character set of the dataset where that is UTF-8 or Latin-1; in others, what is not ASCII becomes `?`. */
function encode(text: string, terms: readonly string[]): Uint8Array {
  const term = terms.length === 1 ? (terms[0] ?? '') : terms.length === 0 ? '' : 'several';
  if (term === 'ISO_IR 192') return Buffer.from(text, 'utf8');
  const latin1 = term === '' || term === 'ISO_IR 100';
  return asciiBytes(text.replace(latin1 ? /[^\0-\xff]/gu : /[^\0-\x7f]/gu, '?'));
}
