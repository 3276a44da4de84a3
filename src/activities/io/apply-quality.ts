import { allot, ensure } from '../../catalog/containers.js';
import { type Move, relocate } from '../../catalog/images.js';
import { type Misplaced, misplaced } from '../../catalog/quality.js';
import type { IoActivities, RunSettings } from '../api.js';
import { beating } from '../beat.js';
import type { Deps } from '../deps.js';
import { each } from '../each.js';
import { patiently } from '../patience.js';
import { makeContainers, moveImage, SUBOPTIMAL } from './places.js';

const PAGE = 100;
const MOVES = 8;
/** `suboptimal` takes them all. */
const UNBOUNDED = 2_147_483_647;

/** Images go where the verdict of the model says: rejected ones to `suboptimal`, restored ones back among the images. */
export function applyQuality(deps: Deps): IoActivities['applyQuality'] {
  return ({ run, model, query }) =>
    beating<{ suboptimal: number; restored: number }, { moved: number }>(async (report, signal) => {
      const sum = { suboptimal: 0, restored: 0 };
      for (;;) {
        // Moved images are misplaced no more, so the first page is always the next one.
        const page = await patiently(run.retry, signal, () =>
          misplaced(deps.catalog.db, model.version, query, { limit: PAGE }),
        );
        if (page.length === 0) return sum;
        await patiently(run.retry, signal, () => movePage(deps, run, model.version, page));
        const restored = page.filter(({ accepted }) => accepted).length;
        sum.restored += restored;
        sum.suboptimal += page.length - restored;
        report({ moved: sum.suboptimal + sum.restored });
      }
    });
}

/** Places first, then objects, then rows: a repeat moves what is left to the same places. */
async function movePage(
  deps: Deps,
  run: RunSettings,
  modelVersion: string,
  page: readonly Misplaced[],
): Promise<void> {
  const back = page.filter(({ accepted }) => accepted);
  // Bucket names are everybody's: there it carries the prefix.
  const rejected = run.containers === 'bucket' ? `${run.prefix}-${SUBOPTIMAL}` : SUBOPTIMAL;
  const containers = await deps.catalog.transaction(async (trx) => {
    await ensure(trx, [{ name: rejected, kind: 'suboptimal', mode: run.containers, capacity: UNBOUNDED }]);
    const spec = {
      runId: run.runId,
      shard: 0,
      kind: 'images',
      base: `${run.prefix}-${run.started}-restored`,
      mode: run.containers,
      capacity: run.maxImages,
    } as const;
    return await allot(trx, spec, back.length);
  });
  const target = new Map(back.map((image, i) => [image.image_id, containers[i] as string]));
  const moves = page.map(
    (image): Move => ({
      imageId: image.image_id,
      container: target.get(image.image_id) ?? rejected,
      key: image.key,
      state: image.accepted ? 'stored' : 'suboptimal',
      reason: image.verdict_reason ?? undefined,
      score: image.verdict_score ?? undefined,
      modelVersion,
    }),
  );
  await makeContainers(
    deps,
    run.containers,
    moves.map(({ container }) => container),
  );
  await each(page, MOVES, (image, i) => moveImage(deps, run.containers, image, (moves[i] as Move).container));
  await deps.catalog.transaction((trx) => relocate(trx, moves));
}
