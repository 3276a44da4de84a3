import { createHash } from 'node:crypto';
import { ExternalSort } from '../../datasets/external-sort.js';
import { orderKey, planShards } from '../../datasets/shards.js';
import { canonicalJson } from '../../datasets/version/canonical.js';
import { type Moments, merge, NOTHING } from '../../imaging/steps/moments.js';
import type { ObjectStore } from '../../storage/port.js';
import { type InputPlan, type ProcessingRun, SPLITS, type Split } from '../api/processing.js';
import { readLines, writeLines } from '../staging.js';
import type { PreparedImage, PreparedRecord, ShardItem } from './records.js';
import { staged } from './staged.js';

/** What those who write shards have to know of all of them. */
export interface StoredPlan {
  readonly shards: Readonly<Record<Split, number>>;
  /** Of the pixels of each split, as normalising finds them. */
  readonly moments: Readonly<Record<Split, Moments>>;
  /** Of the inputs: items, bytes and a hash over all. */
  readonly inputs: { readonly items: number; readonly bytes: number; readonly sha256: string };
}

export async function readPlan(store: ObjectStore, run: ProcessingRun): Promise<StoredPlan> {
  return JSON.parse((await store.read(staged.plan(run))).toString('utf8')) as StoredPlan;
}

/** What became of the inputs of a split, part by part. */
export async function* preparedRecords(
  store: ObjectStore,
  run: ProcessingRun,
  split: Split,
  parts: number,
): AsyncGenerator<{ readonly part: number; readonly record: PreparedRecord }> {
  for (let part = 0; part < parts; part++)
    for (const record of await readLines<PreparedRecord>(store, staged.records(run, split, part)))
      yield { part, record };
}

/** Of an example beside its tensor: ids, shape, framing. */
const OVERHEAD = 150;

/**
 * The order of the version: by a seeded hash of each example's id, originals and copies alike, cut into shards by
 * bytes. Which parts the inputs came in, and who decoded them, has no part in it.
 */
export async function planOrder(
  store: ObjectStore,
  run: ProcessingRun,
  plan: InputPlan,
  drops: ReadonlySet<string>,
): Promise<StoredPlan> {
  const shards = { train: 0, val: 0, test: 0 };
  const moments = { train: NOTHING, val: NOTHING, test: NOTHING };
  const inputs = createHash('sha256');
  let [items, bytes] = [0, 0];
  for (const split of SPLITS) {
    const sort = new ExternalSort<ShardItem>();
    try {
      let exampleBytes = 1;
      for await (const { part, record } of preparedRecords(store, run, split, plan.parts[split])) {
        if (record.left !== undefined || drops.has(record.imageId)) continue;
        exampleBytes = Math.max(exampleBytes, bytesOf(run, record));
        for (let copy = 0; copy <= copiesOf(run, split); copy++)
          await sort.add(orderKey(run.seed, { imageId: record.imageId, copy }), {
            image: record,
            part,
            copy,
          });
      }
      const ranges = planShards(sort.count, exampleBytes, run.pipeline.output.shardSize);
      shards[split] = ranges.length;
      let shard: ShardItem[] = [];
      let [at, index] = [0, 0];
      for await (const { value } of sort.sorted()) {
        shard.push(value);
        at += 1;
        if (at === ranges[index]?.to) {
          await writeLines(store, staged.shard(run, split, index), shard);
          shard = [];
          index += 1;
        }
        if (value.copy > 0) continue;
        const { image } = value;
        moments[split] = merge(moments[split], image.moments);
        inputs.update(`${canonicalJson([image.imageId, image.hash, split, image.label])}\n`);
        items += 1;
        bytes += image.bytes;
      }
    } finally {
      await sort.close();
    }
  }
  return { shards, moments, inputs: { items, bytes, sha256: inputs.digest('hex') } };
}

function copiesOf({ pipeline }: ProcessingRun, split: Split): number {
  return split === 'train' && pipeline.augment.enabled ? pipeline.augment.copies : 0;
}

function bytesOf({ pipeline }: ProcessingRun, { shape }: PreparedImage): number {
  const channels = !pipeline.colour.enabled ? shape.channels : pipeline.colour.to === 'rgb' ? 3 : 1;
  return Float32Array.BYTES_PER_ELEMENT * shape.width * shape.height * channels + OVERHEAD;
}
