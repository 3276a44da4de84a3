import type { StagedRecord } from '../../../catalog/annotation-staging.js';
import { known } from '../../../catalog/annotation-staging.js';
import { type ImageFacts, imagesByRef } from '../../../catalog/annotation-waiting.js';
import type { Db } from '../../../catalog/database.js';
import type { LabelValue } from '../../../catalog/tables/annotations.js';
import { clip, placeFault } from '../../../datasets/annotations/place.js';
import { type AnnotationRecord, type Fault, isFault } from '../../../datasets/annotations/record.js';
import type { References } from '../../../datasets/annotations/references.js';
import { ERRORS } from '../../../errors.js';

/** Where records come from, and how they are named in the ledger. */
export interface PlaceContext {
  readonly db: Db;
  readonly fileId: string;
  readonly revision: number;
  /** When the file was last changed, ISO time: of records that state none. */
  readonly modifiedAt: string;
  referencesOf(given: string): References;
  recordId(position: number): string;
  /** Base64. */
  sealedPath(position: number): string;
}

/** A record with its number, or why it is none. */
export type Checked = { readonly position: number } & (AnnotationRecord | Fault);

/** Finds the images of a batch of records; what has no place is quarantined, what is said twice is a duplicate. */
export async function placeRecords(
  context: PlaceContext,
  checked: readonly Checked[],
): Promise<readonly StagedRecord[]> {
  const references = new Map<number, References>();
  for (const record of checked)
    if (!isFault(record)) references.set(record.position, context.referencesOf(record.image.reveal()));
  const images = await imagesByRef(context.db, [
    ...new Set([...references.values()].flatMap(({ refs }) => refs)),
  ]);
  const placed = checked.map((record) => place(context, record, references.get(record.position), images));
  return await withoutRepeats(context, placed);
}

function place(
  context: PlaceContext,
  record: Checked,
  references: References | undefined,
  images: ReadonlyMap<string, readonly ImageFacts[]>,
): StagedRecord {
  const { position } = record;
  const recordId = context.recordId(position);
  const quarantined = (code: string, reason: string, over: Partial<StagedRecord> = {}): StagedRecord => ({
    ...{
      position,
      recordId,
      state: 'quarantined',
      code,
      reason,
      sealedPath: context.sealedPath(position),
      ...over,
    },
  });
  if (isFault(record)) return quarantined(record.code, record.reason);
  const { kind, className, classId, value, box, reader, content } = record;
  const frame = record.frame ?? references?.frame;
  const said = {
    ...{ kind, className, classId, value, box, reader, content },
    readAt: record.readAt ?? context.modifiedAt,
  };
  const image = oneImage(references?.refs ?? [], frame, images);
  if (image === 'none')
    return quarantined('IMAGE_UNKNOWN', ERRORS.IMAGE_UNKNOWN.message, {
      ...said,
      frame,
      size: record.size,
      refs: references?.refs ?? [],
    });
  if (image === 'several') return quarantined('IMAGE_NOT_UNIQUE', ERRORS.IMAGE_NOT_UNIQUE.message);
  const fault = placeFault(record, image);
  if (fault) return quarantined(fault.code, fault.reason);
  return {
    ...{ position, recordId, state: 'applied', ...said, imageId: image.image_id },
    box: box && clip(box, image),
  };
}

/** The image that all these names mean. */
export function oneImage(
  refs: readonly string[],
  frame: number | undefined,
  images: ReadonlyMap<string, readonly ImageFacts[]>,
): ImageFacts | 'none' | 'several' {
  const found = new Map(
    refs
      .flatMap((ref) => images.get(ref) ?? [])
      .filter((image) => frame === undefined || image.frame === frame)
      .map((image) => [image.image_id, image]),
  );
  const [image] = found.values();
  if (image === undefined) return 'none';
  return found.size === 1 ? image : 'several';
}

/** Of records that say the same of one image the first is applied; a label with another value contradicts it. */
async function withoutRepeats(
  context: PlaceContext,
  placed: readonly StagedRecord[],
): Promise<readonly StagedRecord[]> {
  const asked = placed.flatMap(({ state, imageId, content }) =>
    state === 'applied' && imageId !== undefined && content !== undefined ? [{ imageId, content }] : [],
  );
  const said = new Map<string, LabelValue>(await known(context.db, context.fileId, context.revision, asked));
  return placed.map((record) => {
    if (record.state !== 'applied') return record;
    const key = `${record.imageId}/${record.content}`;
    const value = record.value ?? null;
    const before = said.get(key);
    if (before === undefined) {
      said.set(key, value);
      return record;
    }
    if (before === value) return { ...record, state: 'duplicate' };
    return conflict(record, context.sealedPath(record.position));
  });
}

function conflict({ position, recordId }: StagedRecord, sealedPath: string): StagedRecord {
  const { message } = ERRORS.LABEL_CONFLICT;
  return { position, recordId, state: 'quarantined', code: 'LABEL_CONFLICT', reason: message, sealedPath };
}
