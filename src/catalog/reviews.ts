import { type Selectable, sql } from 'kysely';
import { CxrError } from '../errors.js';
import { json } from './batch.js';
import type { Db, Rect, ReviewDecision, ReviewDecisionsTable, Trx } from './database.js';
import type { ImageRow, Page } from './images.js';

export type DecisionRow = Selectable<ReviewDecisionsTable>;

export interface Decision {
  readonly imageId: string;
  readonly decision: ReviewDecision;
  /** Who decided: a user name, not a patient's. */
  readonly by: string;
  readonly reason?: string | undefined;
  /** `mask` only: what to blacken. */
  readonly rects?: readonly Rect[] | undefined;
}

/** Images that wait for a person, by image id. */
export async function pending(db: Db, { after, limit }: Page): Promise<readonly ImageRow[]> {
  return db
    .selectFrom('images')
    .selectAll()
    .where('state', '=', 'review')
    .where('image_id', '>', after ?? '')
    .orderBy('image_id')
    .limit(limit)
    .execute();
}

export async function decisionOn(db: Db, imageId: string): Promise<DecisionRow | undefined> {
  return db.selectFrom('review_decisions').selectAll().where('image_id', '=', imageId).executeTakeFirst();
}

/**
 * Records what a person decided. `approve` makes the image `stored` and `reject` makes it `rejected` at once;
 * `mask` leaves it in review until its pixels are redacted (`settleDecision`). The same decision again changes
 * nothing.
 *
 * @throws CxrError CATALOG_UNKNOWN for an unknown image, REVIEW_DECIDED when it is not in review or was
 * decided otherwise, BAD_INPUT for a rectangle outside the image
 */
export async function decide(trx: Trx, made: Decision): Promise<void> {
  const image = await trx
    .selectFrom('images')
    .select(['state', 'columns', 'rows'])
    .where('image_id', '=', made.imageId)
    .forUpdate()
    .executeTakeFirst();
  if (image === undefined) throw new CxrError('CATALOG_UNKNOWN', `image ${made.imageId}`);
  const before = await decisionOn(trx, made.imageId);
  // Other rectangles are another decision, as long as the pixels are as they were.
  const same = corners(before?.rects) === corners(made.rects);
  if (before?.decision === made.decision && (same || made.decision !== 'mask')) return;
  if (image.state !== 'review')
    throw new CxrError('REVIEW_DECIDED', `it is ${before?.decision ?? image.state}`);
  // A rectangle that leaves the picture is a slip, and a mask cannot be taken back.
  if (made.rects?.some((r) => r.x + r.width > image.columns || r.y + r.height > image.rows))
    throw new CxrError('BAD_INPUT', `rect: the image is ${image.columns} x ${image.rows} pixels`);
  const row = {
    decision: made.decision,
    by: made.by,
    reason: made.reason ?? null,
    rects: json(made.rects ?? null),
    decided_at: sql<Date>`now()`,
  };
  await trx
    .insertInto('review_decisions')
    .values({ image_id: made.imageId, ...row })
    .onConflict((conflict) => conflict.column('image_id').doUpdateSet(row))
    .execute();
  if (made.decision === 'mask') return;
  await trx
    .updateTable('images')
    .set({ state: made.decision === 'approve' ? 'stored' : 'rejected', updated_at: sql<Date>`now()` })
    .where('image_id', '=', made.imageId)
    .execute();
}

function corners(rects: readonly Rect[] | null | undefined): string {
  return JSON.stringify(rects?.map(({ x, y, width, height }) => [x, y, width, height]) ?? []);
}

/** Decisions whose objects have not been moved or masked yet, oldest first. */
export async function unapplied(db: Db, limit: number): Promise<readonly DecisionRow[]> {
  return db
    .selectFrom('review_decisions')
    .selectAll()
    .where('applied_at', 'is', null)
    .orderBy('decided_at')
    .limit(limit)
    .execute();
}

/** The object follows the decision now; `relocate` in the same transaction says where it is. */
export async function settleDecision(trx: Trx, imageId: string): Promise<void> {
  await trx
    .updateTable('review_decisions')
    .set({ applied_at: sql<Date>`coalesce(applied_at, now())` })
    .where('image_id', '=', imageId)
    .execute();
}
