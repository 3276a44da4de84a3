import { createHash } from 'node:crypto';
import { Sensitive } from '../../privacy/sensitive.js';
import type { ClassMap, KnownClass } from './classes.js';
import type { RawFields, RawRecord } from './raw.js';

export type Corners = readonly [number, number, number, number];

/** A record that was read and is right in itself; whether its image is known is another question. */
export interface AnnotationRecord {
  readonly position: number;
  /** How the file names its image; perhaps an original identifier. */
  readonly image: Sensitive<string>;
  /** From 1. */
  readonly frame: number | undefined;
  /** Pseudonym: `R` and 16 base32 characters. */
  readonly reader: string | undefined;
  /** ISO time. */
  readonly readAt: string | undefined;
  readonly kind: 'label' | 'box';
  readonly className: string;
  readonly classId: number | undefined;
  /** Of labels: 1 present, 0 absent, -1 uncertain, null left blank. */
  readonly value: 1 | 0 | -1 | null | undefined;
  /** `[x_min, y_min, x_max, y_max]`, pixels; undefined for a label, and where the reader found nothing. */
  readonly box: Corners | undefined;
  /** Pixels of the image that it was made on, where the file says so. */
  readonly size: { readonly width: number; readonly height: number } | undefined;
  /** Equal for two records of one image that say the same of it, whatever the value of a label. */
  readonly content: string;
}

/** Why a record is not taken; both are safe to print. */
export interface Fault {
  readonly code: 'BAD_RECORD' | 'CLASS_UNKNOWN' | 'BOX_REVERSED' | 'BOX_OUTSIDE' | 'IMAGE_SIZE';
  readonly reason: string;
}

export const isFault = (result: object): result is Fault => 'code' in result;

/** Turns the name of a reader into a pseudonym. */
export type ReaderPseudonym = (reader: string) => string;

const LONGEST = 1024;
/** Frames of a film, pixels of a side. */
const LARGEST = 1_000_000;
const TIME = /^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?\s?(Z|[+-]\d\d:?\d\d)?)?$/;

/** Reads the fields of a record. What they hold is in no message. */
export function checkRecord(
  { position, fields, broken }: RawRecord,
  classes: ClassMap,
  pseudonym: ReaderPseudonym,
): AnnotationRecord | Fault {
  if (broken !== undefined) return bad(broken);
  const raw = fields.reveal();
  const image = text(raw.image);
  if (image === undefined || image.length > LONGEST) return bad(`image_id: ${missing(raw.image)}`);
  const counted = ['frame', 'width', 'height'] as const;
  const odd = counted.find((name) => !blank(raw[name]) && whole(raw[name]) === undefined);
  if (odd !== undefined) return bad(`${odd}: expected a whole number from 1 to ${LARGEST}`);
  const reader = blank(raw.reader) ? undefined : text(raw.reader);
  if (!blank(raw.reader) && reader === undefined) return bad(`reader: ${missing(raw.reader)}`);
  const readAt = blank(raw.time) ? undefined : isoTime(raw.time);
  if (!blank(raw.time) && readAt === undefined)
    return bad('time: expected ISO 8601, such as 2024-05-01T10:00:00Z');
  const found = classOf(raw, classes);
  if ('code' in found) return found;
  const said = raw.kind === 'label' ? labelOf(raw) : boxOf(raw, found);
  if ('code' in said) return said;
  const [frame, width, height] = counted.map((name) => whole(raw[name]));
  const by = reader === undefined ? undefined : pseudonym(reader);
  return {
    ...{ position, image: new Sensitive(image), frame, reader: by, readAt, kind: raw.kind },
    ...{ className: found.name, classId: found.id, value: said.value, box: said.box },
    size: width !== undefined && height !== undefined ? { width, height } : undefined,
    content: contentOf([raw.kind, found.name, by ?? null, said.box ?? null]),
  };
}

function classOf({ kind, className, classId }: RawFields, classes: ClassMap): KnownClass | Fault {
  const name = blank(className) ? undefined : text(className);
  const id = blank(classId) ? undefined : number(classId);
  if (name === undefined && id === undefined)
    return bad(kind === 'label' ? 'label: there is none' : 'class_name and class_id: there is neither');
  const byId = id === undefined ? undefined : classes.byId(id);
  if (name === undefined) return byId ?? unknown(`class_id ${id} is not in the class map`);
  const byName = classes.byName(name);
  if (byName === undefined) return unknown(`a name of ${name.length} characters is not in the class map`);
  if (id !== undefined && byName.id !== id) return unknown('class_name and class_id are two classes');
  return byName;
}

function labelOf({ value }: RawFields): Pick<AnnotationRecord, 'value' | 'box'> | Fault {
  if (blank(value)) return { value: null, box: undefined };
  const known = typeof value === 'boolean' ? Number(value) : number(value);
  if (known !== 1 && known !== 0 && known !== -1) return bad('value: expected 1, 0, -1 or blank');
  return { value: known, box: undefined };
}

function boxOf({ box }: RawFields, found: KnownClass): Pick<AnnotationRecord, 'value' | 'box'> | Fault {
  // Some files fill the corners of "No finding" with 0 and 1.
  if (found.isNone) return { value: undefined, box: undefined };
  if (box === undefined) return bad('a box without corners');
  const corners = box.map(number);
  const wrong = ['x_min', 'y_min', 'x_max', 'y_max'].filter((_, i) => corners[i] === undefined);
  if (wrong.length > 0) return bad(`${wrong.join(', ')}: expected a number`);
  const [xMin, yMin, xMax, yMax] = corners as [number, number, number, number];
  if (xMax <= xMin || yMax <= yMin)
    return { code: 'BOX_REVERSED', reason: 'x_max and y_max must be greater than x_min and y_min' };
  return { value: undefined, box: [xMin, yMin, xMax, yMax] };
}

function bad(reason: string): Fault {
  return { code: 'BAD_RECORD', reason };
}

function unknown(reason: string): Fault {
  return { code: 'CLASS_UNKNOWN', reason };
}

function missing(value: unknown): string {
  return blank(value) ? 'there is none' : `expected a text of at most ${LONGEST} characters`;
}

function blank(value: unknown): boolean {
  return value === undefined || value === null || (typeof value === 'string' && value.trim() === '');
}

function text(value: unknown): string | undefined {
  if (typeof value === 'number' && Number.isFinite(value)) return String(value);
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
}

/** A finite number, also as the text of one. */
function number(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (typeof value !== 'string' || !/^\s*[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?\s*$/i.test(value))
    return undefined;
  const read = Number(value);
  return Number.isFinite(read) ? read : undefined;
}

/** A number of frames or pixels. */
function whole(value: unknown): number | undefined {
  const read = number(value);
  return read !== undefined && Number.isInteger(read) && read >= 1 && read <= LARGEST ? read : undefined;
}

/** A time without a zone is UTC. */
function isoTime(value: unknown): string | undefined {
  if (typeof value !== 'string' || !TIME.test(value.trim())) return undefined;
  const trimmed = value.trim().replace(' ', 'T').replace(' ', '');
  const zoned = trimmed.length > 10 && !/(Z|[+-]\d\d:?\d\d)$/.test(trimmed) ? `${trimmed}Z` : trimmed;
  const at = new Date(zoned);
  // Years that no film was read in, some of which no database takes.
  const year = at.getUTCFullYear();
  return year >= 1895 && year < 2200 ? at.toISOString() : undefined;
}

function contentOf(parts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url').slice(0, 22);
}
