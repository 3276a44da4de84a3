import { sql } from 'kysely';
import { batch } from './batch.js';
import type { Db, Trx } from './database.js';
import { type ImageFilter, type ImageRow, type Page, selected } from './images.js';

/** A model's verdict on an image. */
export interface QualityCheck {
  readonly imageId: string;
  readonly modelVersion: string;
  readonly accepted: boolean;
  readonly score?: number | undefined;
  /** Why not accepted: `BLACK`, or what the model says. */
  readonly reason?: string | undefined;
}

/** A page of stored or suboptimal images that this model has not seen, by image id. */
export async function toCheck(
  db: Db,
  modelVersion: string,
  filter: ImageFilter,
  { after, limit }: Page,
): Promise<readonly ImageRow[]> {
  return (
    selected(db, filter)
      .selectAll()
      .where('images.state', 'in', ['stored', 'suboptimal'])
      .where('images.image_id', '>', after ?? '')
      // Follows from the next condition; when almost all are checked, it spares looking at each of them.
      .where(({ or, eb }) =>
        or([
          eb('images.model_version', 'is', null),
          eb('images.model_version', '<', modelVersion),
          eb('images.model_version', '>', modelVersion),
        ]),
      )
      .where(({ not, exists, selectFrom }) =>
        not(
          exists(
            selectFrom('quality_checks')
              .select('quality_checks.image_id')
              .whereRef('quality_checks.image_id', '=', 'images.image_id')
              .where('quality_checks.model_version', '=', modelVersion),
          ),
        ),
      )
      .orderBy('images.image_id')
      .limit(limit)
      .execute()
  );
}

/** Keeps verdicts, and notes model and score on the image; the first verdict of a model on an image stays. */
export async function record(trx: Trx, checks: readonly QualityCheck[]): Promise<void> {
  await sql`
    with added as (
      insert into quality_checks (image_id, model_version, accepted, score, reason)
      select distinct on (r."imageId", r."modelVersion")
        r."imageId", r."modelVersion", r.accepted, r.score, r.reason
      from jsonb_to_recordset(${batch(checks)})
        as r("imageId" text, "modelVersion" text, accepted boolean, score real, reason text)
      order by r."imageId", r."modelVersion"
      on conflict (image_id, model_version) do nothing
      returning image_id, model_version, score
    )
    update images set model_version = added.model_version, score = added.score, updated_at = now()
    from added where images.image_id = added.image_id`.execute(trx);
}

export type Misplaced = ImageRow & {
  readonly accepted: boolean;
  readonly verdict_reason: string | null;
  readonly verdict_score: number | null;
};

/** A page of images that lie where this model's verdict says they should not, by image id. */
export async function misplaced(
  db: Db,
  modelVersion: string,
  filter: ImageFilter,
  page: Page,
): Promise<readonly Misplaced[]> {
  const rejected = await judged(db, modelVersion, { ...filter, states: ['stored'] }, false, page);
  const accepted = await judged(db, modelVersion, { ...filter, states: ['suboptimal'] }, true, page);
  return [...rejected, ...accepted].sort((a, b) => (a.image_id < b.image_id ? -1 : 1)).slice(0, page.limit);
}

function judged(
  db: Db,
  modelVersion: string,
  filter: ImageFilter,
  accepted: boolean,
  { after, limit }: Page,
): Promise<readonly Misplaced[]> {
  return (
    selected(db, filter)
      .innerJoin('quality_checks as q', 'q.image_id', 'images.image_id')
      .selectAll('images')
      .select(['q.accepted', 'q.reason as verdict_reason', 'q.score as verdict_score'])
      .where('q.model_version', '=', modelVersion)
      // Written out, not a parameter: so that the index of rejected images serves.
      .where(accepted ? sql<boolean>`q.accepted` : sql<boolean>`not q.accepted`)
      .where('images.image_id', '>', after ?? '')
      .orderBy('images.image_id')
      .limit(limit)
      .execute()
  );
}
