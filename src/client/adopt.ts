import { randomUUID } from 'node:crypto';
import { adopt, type SealedEntry } from '../catalog/files.js';
import { acquire, release } from '../catalog/leases.js';
import type { Catalog } from '../catalog/open.js';
import { addCounts, finishRun, startRun } from '../catalog/runs.js';
import { CxrError } from '../errors.js';
import { fileId, sealPath } from '../privacy/seal.js';
import type { ObjectInfo, ObjectStore } from '../storage/port.js';
import { isTaggedProcessed } from './processed-tag.js';

const BATCH = 1_000;

export interface AdoptJob {
  readonly catalog: Catalog;
  readonly pathKey: Uint8Array;
  /** As runs name it: the configured name, or the root URI. */
  readonly source: string;
  readonly store: ObjectStore;
  /** Told how many files were listed so far. */
  readonly report: (found: number) => void;
}

export interface Adopted {
  /** Files of the source. */
  readonly found: number;
  /** Of those, tagged as processed. */
  readonly tagged: number;
  /** Of those, new to the catalog. */
  readonly adopted: number;
}

/** How many files are tagged; nothing is recorded. */
export async function countTagged({ store, report }: AdoptJob): Promise<Adopted> {
  let found = 0;
  let tagged = 0;
  for await (const { key } of store.list()) {
    found += 1;
    if (isTaggedProcessed(key)) tagged += 1;
    report(found);
  }
  return { found, tagged, adopted: 0 };
}

/**
 * Records the tagged files of a source as stored, so that `ingest` leaves them out. Streams; a repeat records
 * what is new. No run may work on the source meanwhile.
 *
 * @throws CxrError SOURCE_BUSY, SOURCE_UNREADABLE, CATALOG_*
 */
export async function adoptTagged(job: AdoptJob): Promise<Adopted> {
  const { catalog, source, store } = job;
  const run = { runId: `catalog-adopt/${randomUUID()}`, workflowId: 'catalog-adopt' };
  const lease = await acquire(catalog.db, { source, ...run });
  if (lease.held)
    throw new CxrError('SOURCE_BUSY', `held by ${lease.workflowId} since ${lease.since.toISOString()}`);
  try {
    await startRun(catalog.db, { ...run, workflowType: 'adopt', source, params: {} });
    let found = 0;
    let tagged = 0;
    let adopted = 0;
    let batch: ObjectInfo[] = [];
    const flush = async () => {
      adopted += await record(job, run.runId, batch);
      batch = [];
    };
    for await (const info of store.list()) {
      found += 1;
      job.report(found);
      if (!isTaggedProcessed(info.key)) continue;
      tagged += 1;
      batch.push(info);
      if (batch.length === BATCH) await flush();
    }
    await flush();
    await finishRun(catalog.db, run.runId, 'completed');
    return { found, tagged, adopted };
  } catch (error) {
    await finishRun(catalog.db, run.runId, 'failed');
    throw error;
  } finally {
    await release(catalog.db, source, run.runId);
  }
}

async function record(
  { catalog, pathKey, source }: AdoptJob,
  runId: string,
  batch: readonly ObjectInfo[],
): Promise<number> {
  if (batch.length === 0) return 0;
  const entries = batch.map(
    ({ key, size, version }): SealedEntry => ({
      fileId: fileId(pathKey, source, key),
      size,
      version,
      sealedPath: sealPath(pathKey, Buffer.from(key)),
    }),
  );
  return catalog.transaction(async (trx) => {
    const added = await adopt(trx, { runId, source, entries });
    await addCounts(trx, runId, { found: added, done: added });
    return added;
  });
}
