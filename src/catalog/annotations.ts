/** What readers said of stored images: what is in effect now, with its provenance. Writing is `annotation-files.ts`. */
import { type Selectable, sql } from 'kysely';
import { texts } from './batch.js';
import type { Db } from './database.js';
import type { AnnotationKind, AnnotationsView, LabelValue } from './tables/annotations.js';

/** Which file said it, where in it, who, and when. Nothing here names a person. */
export interface Provenance {
  /** Of the ledger `files`. */
  readonly fileId: string;
  /** Number of the record in its file, from 1. */
  readonly position: number;
  /** Pseudonym; null where the file names none. */
  readonly reader: string | null;
  /** When it was read, by the record; else when the file was last changed. */
  readonly readAt: Date;
  readonly runId: string;
  readonly appliedAt: Date;
}

export interface Label extends Provenance {
  readonly imageId: string;
  readonly label: string;
  readonly value: LabelValue;
}

export interface Box extends Provenance {
  readonly imageId: string;
  readonly className: string;
  /** Of the class map of the configuration; null for a class that only has a name. */
  readonly classId: number | null;
  /** `[x_min, y_min, x_max, y_max]` in pixels of the stored image; null where the reader found nothing. */
  readonly box: readonly [number, number, number, number] | null;
}

export interface AnnotationFilter {
  readonly imageIds?: readonly string[] | undefined;
  /** Name of the class or label, as the class map spells it. */
  readonly className?: string | undefined;
  /** Labels only. */
  readonly values?: readonly LabelValue[] | undefined;
  /** Pseudonym. */
  readonly reader?: string | undefined;
}

export interface AnnotationPage {
  /** Image id to go on behind. */
  readonly after?: string | undefined;
  /** Images of a page; all annotations of an image are in one page. */
  readonly images: number;
}

/** Labels by image id: of each image, label and reader the latest value. */
export async function labels(
  db: Db,
  filter: AnnotationFilter,
  page?: AnnotationPage,
): Promise<readonly Label[]> {
  return (await rows(db, 'label', filter, page)).map((row) => ({
    imageId: row.image_id,
    label: row.class_name,
    value: row.value,
    ...provenance(row),
  }));
}

/** Boxes by image id; a box that several files hold is there once. */
export async function boxes(
  db: Db,
  filter: AnnotationFilter,
  page?: AnnotationPage,
): Promise<readonly Box[]> {
  return (await rows(db, 'box', filter, page)).map((row) => ({
    imageId: row.image_id,
    className: row.class_name,
    classId: row.class_id,
    box:
      row.x_min === null ? null : [row.x_min, row.y_min as number, row.x_max as number, row.y_max as number],
    ...provenance(row),
  }));
}

type Row = Selectable<AnnotationsView>;

async function rows(
  db: Db,
  kind: AnnotationKind,
  { imageIds, className, values, reader }: AnnotationFilter,
  page: AnnotationPage | undefined,
): Promise<readonly Row[]> {
  let found = db.selectFrom('annotations').where('kind', '=', kind);
  if (imageIds !== undefined) found = found.where('image_id', '=', sql<string>`any(${texts(imageIds)})`);
  if (className !== undefined) found = found.where('class_name', '=', className);
  if (reader !== undefined) found = found.where('reader', '=', reader);
  if (values !== undefined) {
    const known = values.filter((value) => value !== null);
    found = found.where((eb) =>
      eb.or([
        ...(known.length > 0 ? [eb('value', 'in', known)] : []),
        ...(values.includes(null) ? [eb('value', 'is', null)] : []),
      ]),
    );
  }
  if (page !== undefined) {
    const next = found
      .select('image_id')
      .distinct()
      .where('image_id', '>', page.after ?? '')
      .orderBy('image_id')
      .limit(page.images);
    found = found.where('image_id', 'in', next);
  }
  return found.selectAll().orderBy('image_id').orderBy('file_id').orderBy('position').execute();
}

function provenance(row: Row): Provenance {
  return {
    fileId: row.file_id,
    position: row.position,
    reader: row.reader,
    readAt: row.read_at,
    runId: row.run_id,
    appliedAt: row.applied_at,
  };
}
