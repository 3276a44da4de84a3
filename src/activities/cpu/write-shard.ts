import type { DatasetExample } from '../../datasets/example.js';
import { type ParquetOptions, parquetFile } from '../../datasets/parquet/write.js';
import { shardName } from '../../datasets/shards.js';
import { CxrError } from '../../errors.js';
import { ahead } from '../ahead.js';
import type { ProcessingCpu, ProcessingRun, Split } from '../api/processing.js';
import { beating } from '../beat.js';
import type { Deps } from '../deps.js';
import { patiently } from '../patience.js';
import { readPlan, type StoredPlan } from '../processing/plan-order.js';
import type { ShardItem } from '../processing/records.js';
import { staged } from '../processing/staged.js';
import { readLines } from '../staging.js';
import { writeVersionFile } from '../versions/write.js';
import type { Finished, FinishInput, FinishItem } from './processing/finish-batch.js';
import { Rooms } from './rooms.js';

/** Images that go to a thread together: so many, or so many bytes of pixels. */
const BATCH = 8;
const BATCH_BYTES = 2 ** 23;
/** Batches read ahead of the threads. */
const AHEAD = 1;
/** Where `batch` is off. */
const ROWS_A_GROUP = 100;
const FOLDER = { tfrecord: 'tfrecords', parquet: 'parquet' } as const;

/** Writes one file of one format, from its first byte; its hash waits in staging for the manifest. */
export function writeShard(deps: Deps): ProcessingCpu['writeShard'] {
  return ({ run, format, split, shard, of }) =>
    beating((_, signal) =>
      patiently(run.retry, signal, async () => {
        const plan = await readPlan(deps.objects, run);
        const items = await readLines<ShardItem>(deps.objects, staged.shard(run, split, shard));
        const range = { index: shard, count: of, from: 0, to: items.length };
        const path = `${FOLDER[format]}/${split}/${shardName(split, range, format)}`;
        const destination = deps.store(run.destination);
        const make = () => {
          // Of a store that has written a piece when it asks for the next one.
          const rooms = destination.path && new Rooms();
          const task = { deps, run, plan, split, signal, format, rooms };
          return format === 'tfrecord'
            ? records(finished(task, items), rooms)
            : parquet(finished(task, items), parquetOptions(run), rooms);
        };
        const file = await writeVersionFile(destination, run.prefix, path, make, { signal, direct: true });
        await deps.objects.write(staged.file(run, format, split, shard), Buffer.from(JSON.stringify(file)), {
          contentType: 'application/json',
        });
        return { examples: items.length, bytes: file.bytes };
      }),
    );
}

interface Task {
  readonly deps: Deps;
  readonly run: ProcessingRun;
  readonly plan: StoredPlan;
  readonly split: Split;
  readonly signal: AbortSignal;
  readonly format: FinishInput['format'];
  readonly rooms: Rooms | undefined;
}

function parquetOptions({ pipeline }: ProcessingRun): ParquetOptions {
  const { classes, output, features, batch } = pipeline;
  return {
    classes,
    picture: output.picture === 'png',
    histogram: features.enabled,
    rowsPerGroup: batch.enabled ? batch.size : ROWS_A_GROUP,
  };
}

/** What threads make of the examples, in order; no more than a few batches are held. */
function finished({ deps, run, plan, split, signal, format, rooms }: Task, items: readonly ShardItem[]) {
  const { objects, pool } = deps;
  const shared = { format, split, seed: run.seed, pipeline: run.pipeline, train: plan.moments.train };
  const finish = async (
    some: readonly ShardItem[],
    pixels: (item: ShardItem) => Promise<FinishItem['pixels']>,
  ) => {
    const items = await Promise.all(some.map(async (item) => itemOf(item, await pixels(item))));
    const input: FinishInput = { ...shared, items, room: rooms?.take() };
    return await pool.run<Finished>('finishBatch', input, { signal });
  };
  const read = ({ image: { offset, length }, part }: ShardItem) =>
    objects.read(staged.pixels(run, split, part), { range: { start: offset, end: offset + length }, signal });
  return ahead(batches(items), pool.threads + AHEAD, async (some): Promise<Finished> => {
    const { path } = objects;
    if (path === undefined) return await finish(some, read);
    try {
      return await finish(some, async ({ image: { offset, length }, part }) => ({
        path: path(staged.pixels(run, split, part)),
        offset,
        length,
      }));
    } catch (error) {
      // The store knows what is amiss: a file, or all of it.
      if (!(error instanceof CxrError) || error.kind !== 'file') throw error;
      return await finish(some, read);
    }
  });
}

function itemOf({ image, copy }: ShardItem, pixels: FinishItem['pixels']): FinishItem {
  const { shape, moments, imageId, label, source } = image;
  return { pixels, shape, moments, imageId, copy, label, className: image.class, source };
}

async function* records(all: AsyncIterable<Finished>, rooms: Rooms | undefined): AsyncGenerator<Uint8Array> {
  try {
    for await (const { bytes } of all) {
      yield bytes;
      rooms?.give(bytes);
    }
  } finally {
    rooms?.close();
  }
}

async function* parquet(
  all: AsyncIterable<Finished>,
  options: ParquetOptions,
  rooms: Rooms | undefined,
): AsyncGenerator<Uint8Array> {
  let taken: Uint8Array[] = [];
  async function* rows(): AsyncGenerator<DatasetExample> {
    for await (const { examples, bytes } of all) {
      yield* examples;
      taken.push(bytes);
    }
  }
  const onWritten = () => {
    for (const bytes of taken) rooms?.give(bytes);
    taken = [];
  };
  try {
    yield* parquetFile(rows(), { ...options, onWritten });
    onWritten();
  } finally {
    rooms?.close();
  }
}

/** Some that go to a thread together. */
function* batches(items: readonly ShardItem[]): Generator<readonly ShardItem[]> {
  let batch: ShardItem[] = [];
  let bytes = 0;
  for (const item of items) {
    batch.push(item);
    bytes += item.image.length;
    if (batch.length < BATCH && bytes < BATCH_BYTES) continue;
    yield batch;
    batch = [];
    bytes = 0;
  }
  if (batch.length > 0) yield batch;
}
