import type { Readable } from 'node:stream';
import { CxrError } from '../../errors.js';
import { readTable } from '../table.js';
import { type ClassMap, classMap, isNoFinding, MAX_CLASS_ID } from './classes.js';

/** The columns of the VinDr-CXR annotations, and what tables made from them add: the size the boxes are drawn on. */
export const BOX_COLUMNS = [
  'image_id',
  'class_name',
  'class_id',
  'rad_id',
  'x_min',
  'y_min',
  'x_max',
  'y_max',
] as const;
const SIZE_COLUMNS = ['width', 'height'] as const;

/** As it stood in the table: pixels of the original image, not yet looked at. */
export interface RawBox {
  readonly line: number;
  readonly classId: number;
  /** x_min, y_min, x_max, y_max. */
  readonly box: readonly [number, number, number, number];
}

/** What one reader said of one image; no boxes: nothing found. */
export interface Reading {
  readonly reader: string;
  readonly boxes: readonly RawBox[];
  /** Rows saying "No finding" beside boxes of the same reader, which contradict them. */
  readonly contradictions: number;
}

export interface AnnotatedImage {
  readonly imageId: string;
  /** Sorted by reader. */
  readonly readings: readonly Reading[];
  /** The size that the boxes refer to, where the table says it. */
  readonly size?: { readonly width: number; readonly height: number };
}

export type RowCode = 'ROW_MALFORMED' | 'ROW_NOT_NAMED' | 'BOX_INCOMPLETE' | 'CLASS_INVALID';

/** A row that is left out. */
export interface RowProblem {
  readonly line: number;
  readonly code: RowCode;
  /** '' where the row does not say a valid one. */
  readonly imageId: string;
}

export interface BoxTable {
  /** Sorted by id. */
  readonly images: readonly AnnotatedImage[];
  readonly classes: ClassMap;
  readonly problems: readonly RowProblem[];
  readonly rows: number;
}

/** Ids become names of files: letters, digits, `.`, `_`, `-`, at most 128, no dot in front. */
const IMAGE_ID = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;

export function isImageId(text: string): boolean {
  return IMAGE_ID.test(text);
}

interface Draft {
  readonly readings: Map<string, { boxes: RawBox[]; noFinding: number }>;
  size?: { readonly width: number; readonly height: number };
}

/**
 * Reads a table of boxes as VinDr-CXR has it: `image_id, class_name, class_id, rad_id, x_min, y_min, x_max, y_max`,
 * one box a row; a row of the class "No finding" says that its reader saw the image and found nothing. Columns
 * `width` and `height`, where there, are the size that the boxes were drawn on.
 *
 * The table streams; what is kept of it is about 150 bytes a row. Rows that cannot be used are listed and left
 * out; their reader has still seen the image.
 *
 * @throws CxrError TABLE_INVALID: as `readTable`; two names for one class or one for two; a size that changes within an image
 */
export async function readBoxes(stream: Readable): Promise<BoxTable> {
  const drafts = new Map<string, Draft>();
  const names = new Map<number, string>();
  const problems: RowProblem[] = [];
  let rows = 0;
  for await (const { line, values } of readTable(stream, 'boxes', BOX_COLUMNS, SIZE_COLUMNS)) {
    rows += 1;
    const imageId = values && isImageId(values.image_id) ? values.image_id : '';
    const problem = (code: RowCode) => problems.push({ line, code, imageId });
    if (values === undefined) {
      problem('ROW_MALFORMED');
      continue;
    }
    if (imageId === '' || values.rad_id === '') {
      problem('ROW_NOT_NAMED');
      continue;
    }
    const draft = drafts.get(imageId) ?? { readings: new Map() };
    drafts.set(imageId, draft);
    noteSize(draft, values.width, values.height, line);
    const reading = draft.readings.get(values.rad_id) ?? { boxes: [], noFinding: 0 };
    draft.readings.set(values.rad_id, reading);
    const classId = wholeNumber(values.class_id);
    if (isNoFinding(values.class_name, classId)) {
      reading.noFinding += 1;
      continue;
    }
    if (classId === undefined || classId > MAX_CLASS_ID || values.class_name === '') {
      problem('CLASS_INVALID');
      continue;
    }
    const known = names.get(classId);
    if (known !== undefined && known !== values.class_name)
      throw new CxrError(
        'TABLE_INVALID',
        `boxes: class ${classId} has two names, the second at line ${line}`,
      );
    names.set(classId, values.class_name);
    const box = [values.x_min, values.y_min, values.x_max, values.y_max].map(decimal);
    if (!isBox(box)) {
      problem('BOX_INCOMPLETE');
      continue;
    }
    reading.boxes.push({ line, classId, box });
  }
  if (new Set(names.values()).size < names.size)
    throw new CxrError('TABLE_INVALID', 'boxes: two classes have one name');
  const images = [...drafts.keys()]
    .sort(byCode)
    .map((imageId) => finish(imageId, drafts.get(imageId) as Draft));
  return { images, classes: classMap(names), problems, rows };
}

function finish(imageId: string, { readings, size }: Draft): AnnotatedImage {
  const readers = [...readings.keys()].sort(byCode);
  return {
    imageId,
    ...(size && { size }),
    readings: readers.map((reader) => {
      const { boxes, noFinding } = readings.get(reader) as { boxes: RawBox[]; noFinding: number };
      return { reader, boxes, contradictions: boxes.length > 0 ? noFinding : 0 };
    }),
  };
}

function noteSize(draft: Draft, width: string, height: string, line: number): void {
  const size = { width: wholeNumber(width) ?? 0, height: wholeNumber(height) ?? 0 };
  if (size.width < 1 || size.height < 1) return;
  draft.size ??= size;
  if (draft.size.width !== size.width || draft.size.height !== size.height)
    throw new CxrError('TABLE_INVALID', `boxes: two sizes for one image, the second at line ${line}`);
}

/** By UTF-16 code units: the same order on every machine, whatever its language. */
export function byCode(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function isBox(values: readonly number[]): values is [number, number, number, number] {
  return values.length === 4 && values.every(Number.isFinite);
}

/** NaN for what is no number. Spreadsheets of some countries write a comma before the decimals. */
function decimal(text: string): number {
  if (text === '') return Number.NaN;
  return Number(/^-?\d+,\d+$/.test(text) ? text.replace(',', '.') : text);
}

/** `3` or, as pandas writes a column that has gaps, `3.0`. */
function wholeNumber(text: string): number | undefined {
  return /^\d{1,9}(\.0+)?$/.test(text) ? Number(text) : undefined;
}
