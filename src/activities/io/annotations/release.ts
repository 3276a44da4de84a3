import { known } from '../../../catalog/annotation-staging.js';
import {
  type ImageFacts,
  imagesByRef,
  type Released,
  release,
  type WaitingRecord,
  waitingRecords,
} from '../../../catalog/annotation-waiting.js';
import type { Db } from '../../../catalog/database.js';
import type { Catalog } from '../../../catalog/open.js';
import { addCounts } from '../../../catalog/runs.js';
import { clip, placeFault } from '../../../datasets/annotations/place.js';
import type { Corners } from '../../../datasets/annotations/record.js';
import { ERRORS } from '../../../errors.js';
import type { AnnotationsIo } from '../../api/annotations.js';
import { beating } from '../../beat.js';
import type { Deps } from '../../deps.js';
import { patiently } from '../../patience.js';
import { oneImage } from './place-records.js';

const PAGE = 1000;

export function releaseAnnotations(deps: Deps): AnnotationsIo['releaseAnnotations'] {
  return (run) =>
    beating<{ applied: number }, undefined>((_, signal) =>
      patiently(run.retry, signal, async () => ({
        applied: await releaseWaiting(deps.catalog, run.ledger, run.runId, signal),
      })),
    );
}

/**
 * Applies records of a source whose images are stored by now. The key is not needed: what they wait for is known by
 * pseudonyms.
 * @param source as the ledger names it
 * @returns how many are applied
 */
export async function releaseWaiting(
  catalog: Catalog,
  source: string,
  runId: string,
  signal?: AbortSignal,
): Promise<number> {
  let applied = 0;
  let after: { fileId: string; position: number } | undefined;
  for (;;) {
    signal?.throwIfAborted();
    const page = await waitingRecords(catalog.db, source, after, PAGE);
    const last = page.at(-1);
    if (last === undefined) return applied;
    after = { fileId: last.file_id, position: last.position };
    const released = await decide(catalog.db, page);
    if (released.length === 0) continue;
    applied += await catalog.transaction(async (trx) => {
      const gained = [...(await release(trx, runId, released)).values()].reduce((sum, n) => sum + n, 0);
      await addCounts(trx, runId, { done: gained });
      return gained;
    });
  }
}

/** What becomes of waiting records; those that go on waiting are left out. */
async function decide(db: Db, page: readonly WaitingRecord[]): Promise<readonly Released[]> {
  const images = await imagesByRef(db, [...new Set(page.flatMap(({ refs }) => refs))]);
  const found = page.flatMap((record) => {
    const image = oneImage(record.refs, record.frame ?? undefined, images);
    return image === 'none' ? [] : [{ record, image }];
  });
  const said = new Map<string, unknown>();
  for (const fileId of new Set(found.map(({ record }) => record.file_id))) {
    const own = found.filter(({ record }) => record.file_id === fileId);
    const asked = own.flatMap(({ record, image }) =>
      image === 'several' ? [] : [{ imageId: image.image_id, content: record.content }],
    );
    const revision = own[0]?.record.revision ?? 0;
    for (const [key, value] of await known(db, fileId, revision, asked)) said.set(`${fileId}/${key}`, value);
  }
  return found.map(({ record, image }) => outcomeOf(record, image, said));
}

function outcomeOf(
  record: WaitingRecord,
  image: ImageFacts | 'several',
  said: Map<string, unknown>,
): Released {
  const { file_id: fileId, revision, position, record_id: recordId } = record;
  const identity = { fileId, revision, position, recordId };
  const quarantined = (code: string, reason: string): Released => ({
    ...identity,
    state: 'quarantined',
    code,
    reason,
  });
  if (image === 'several') return quarantined('IMAGE_NOT_UNIQUE', ERRORS.IMAGE_NOT_UNIQUE.message);
  const box = cornersOf(record);
  const fault = placeFault({ box, size: sizeOf(record) }, image);
  if (fault) return quarantined(fault.code, fault.reason);
  const key = `${fileId}/${image.image_id}/${record.content}`;
  if (said.has(key)) {
    if (said.get(key) === record.value) return { ...identity, state: 'duplicate' };
    return quarantined('LABEL_CONFLICT', ERRORS.LABEL_CONFLICT.message);
  }
  said.set(key, record.value);
  return { ...identity, state: 'applied', imageId: image.image_id, box: box && clip(box, image) };
}

function sizeOf({ width, height }: WaitingRecord): { width: number; height: number } | undefined {
  return width === null || height === null ? undefined : { width, height };
}

function cornersOf({ x_min, y_min, x_max, y_max }: WaitingRecord): Corners | undefined {
  if (x_min === null || y_min === null || x_max === null || y_max === null) return undefined;
  return [x_min, y_min, x_max, y_max];
}
