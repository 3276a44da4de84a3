import type { DatasetExample } from '../../datasets/example.js';
import { type ParquetOptions, parquetFile } from '../../datasets/parquet/write.js';
import { shardName } from '../../datasets/shards.js';
import { ahead } from '../ahead.js';
import type { ProcessingCpu, ProcessingRun, Split } from '../api/processing.js';
import { beating } from '../beat.js';
import type { Deps } from '../deps.js';
import { patiently } from '../patience.js';
import { readPlan, type StoredPlan } from '../processing/plan-order.js';
import type { PreparedImage, ShardItem } from '../processing/records.js';
import { staged } from '../processing/staged.js';
import { readLines } from '../staging.js';
import { writeVersionFile } from '../versions/write.js';
import type { FinishInput } from './processing/finish-example.js';
import type { Prepared } from './processing/prepare-image.js';

/** Images read ahead of the threads. */
const AHEAD = 2;
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
        const task = { deps, run, plan, split, signal };
        const make = () =>
          format === 'tfrecord'
            ? finished<Uint8Array>(task, items, 'tfrecord')
            : parquetFile(finished<DatasetExample>(task, items, 'parquet'), parquetOptions(run));
        const file = await writeVersionFile(deps.store(run.destination), run.prefix, path, make, { signal });
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

/** Examples in order, made on threads; no more than a few are held. */
function finished<T>(
  { deps, run, plan, split, signal }: Task,
  items: readonly ShardItem[],
  format: FinishInput['format'],
): AsyncGenerator<T> {
  const { objects, pool } = deps;
  return ahead(items, pool.threads + AHEAD, async ({ image, part, copy }) => {
    const { offset, length, shape, imageId, label, source } = image;
    const range = { start: offset, end: offset + length };
    const bytes = await objects.read(staged.pixels(run, split, part), { range, signal });
    const input: FinishInput = {
      format,
      pixels: samplesOf(bytes, shape),
      shape,
      imageId,
      copy,
      label,
      className: image.class,
      split,
      source,
      seed: run.seed,
      pipeline: run.pipeline,
      train: plan.moments.train,
    };
    return await pool.run<T>('finishExample', input, { signal });
  });
}

/** As `prepareImage` left them. What was read may begin anywhere in its memory: floats are copied where not aligned. */
function samplesOf(
  bytes: Uint8Array,
  { width, height, channels }: PreparedImage['shape'],
): Prepared['pixels'] {
  if (bytes.byteLength === width * height * channels) return bytes;
  const aligned = bytes.byteOffset % Float32Array.BYTES_PER_ELEMENT === 0 ? bytes : bytes.slice();
  return new Float32Array(
    aligned.buffer,
    aligned.byteOffset,
    aligned.byteLength / Float32Array.BYTES_PER_ELEMENT,
  );
}
