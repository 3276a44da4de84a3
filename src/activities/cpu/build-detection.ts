import { cleanReading } from '../../datasets/boxes/rules.js';
import { labelImage } from '../../datasets/detection/label.js';
import { path } from '../../datasets/detection/names.js';
import type { Picture } from '../../datasets/detection/picture.js';
import type { BuiltImage, PlannedImage, Problem } from '../../datasets/detection/records.js';
import { sha256 } from '../../datasets/version/canonical.js';
import type { VersionFile } from '../../datasets/version/manifest.js';
import { yoloLabels } from '../../datasets/yolo.js';
import { isCxrError } from '../../errors.js';
import { openPath } from '../../privacy/seal.js';
import type { DetectionCpu, DetectionRun, DetectionShard } from '../api/detection.js';
import { beating } from '../beat.js';
import type { Deps } from '../deps.js';
import { staged } from '../detection/places.js';
import { publicAnnotators } from '../detection/public-names.js';
import { each } from '../each.js';
import { patiently } from '../patience.js';
import { readLines, writeLines } from '../staging.js';
import { writeVersionFile } from '../versions/write.js';
import type { LabelledInput } from './detection/task.js';
import { readSource } from './read-source.js';

/** Files read ahead of the threads. */
const AHEAD = 2;

/** A line of what a shard was built into: an image of the version, or why it is not one. */
export type BuiltLine = BuiltImage | { readonly left: Problem };

/**
 * Renders the images of a shard and writes them with their labels. What is there from an attempt that died is kept
 * where it is the same. A shard that was begun and never ended may hold an image that ends its worker: its images
 * are then rendered one by one in a process of their own.
 */
export function buildDetection(deps: Deps): DetectionCpu['buildDetection'] {
  return ({ run, shard }) =>
    beating<DetectionShard, undefined>((_, signal) =>
      patiently(run.retry, signal, async () => {
        const key = staged.built(run, shard);
        const done = await deps.objects.stat(key);
        const lines = done
          ? await readLines<BuiltLine>(deps.objects, key)
          : await build(deps, run, shard, signal);
        if (!done) await writeLines(deps.objects, key, lines);
        const left = lines.filter((line) => 'left' in line).length;
        return { done: lines.length - left, quarantined: left };
      }),
    );
}

async function build(
  deps: Deps,
  run: DetectionRun,
  shard: number,
  signal: AbortSignal,
): Promise<readonly BuiltLine[]> {
  const { objects, pool } = deps;
  const planned = await readLines<PlannedImage>(objects, staged.planned(run, shard));
  const begun = staged.begun(run, shard);
  if ((await objects.stat(begun)) === undefined) {
    await objects.write(begun, new Uint8Array(0));
    const picture = (input: LabelledInput) => pool.run<Picture>('labelled', input, { signal });
    return await each(planned, pool.threads + AHEAD, (image) =>
      buildOne({ deps, run, picture, signal }, image),
    );
  }
  const isolated = deps.isolated();
  const picture = (input: LabelledInput) => isolated.run<Picture>('labelled', input, { signal });
  try {
    return await each(planned, 1, (image) => buildOne({ deps, run, picture, signal }, image));
  } finally {
    isolated.close();
  }
}

interface Context {
  readonly deps: Deps;
  readonly run: DetectionRun;
  readonly picture: (input: LabelledInput) => Promise<Picture>;
  readonly signal: AbortSignal;
}

/** @throws CxrError of kind `world`; what is wrong with the image is a line */
async function buildOne(context: Context, planned: PlannedImage): Promise<BuiltLine> {
  const { deps, run, signal } = context;
  try {
    const key = openPath(deps.keyring.pathKey, Buffer.from(planned.sealedPath, 'base64')).toString('utf8');
    const { bytes } = await readSource(deps.store(run.imagesRoot), key, run.limits.file, signal);
    const source = { bytes: bytes.length, sha256: sha256(bytes) };
    const { png, placement } = await context.picture({ bytes, settings: run });
    return await write(context, planned, Buffer.from(png), placement, source);
  } catch (error) {
    signal.throwIfAborted();
    if (!isCxrError(error) || (error.kind === 'world' && error.code !== 'UNEXPECTED')) throw error;
    // In a thread nothing of the world is touched: what fails unexpectedly there is a fault of this program.
    const code = error.code === 'UNEXPECTED' ? 'PROCESSING_FAILED' : error.code;
    if (code === 'PROCESSING_FAILED')
      deps.log.error({ place: error.detail }, 'an image could not be processed');
    const { imageId, sealedPath } = planned;
    return { left: { kind: 'image', code, imageId, sealedPath } };
  }
}

async function write(
  { deps, run, signal }: Context,
  planned: PlannedImage,
  png: Buffer,
  placement: Picture['placement'],
  source: BuiltImage['source'],
): Promise<BuiltImage> {
  const { imageId, split, unit, patient, imageKey } = planned;
  const drawnOn = planned.drawnOn ?? placement.from;
  const cleaned = planned.readings.map((reading) => cleanReading(reading, drawnOn));
  const readings = cleaned.map(({ reading }) => reading);
  const labelled = labelImage(imageId, readings, {
    annotators: publicAnnotators(deps.keyring, run.annotators),
    drawnOn,
    placement,
  });
  const store = deps.store(run.output);
  const files: VersionFile[] = [];
  const put = async (at: string, body: Buffer, contentType: string) =>
    files.push(await writeVersionFile(store, run.prefix, at, () => body, { contentType, signal }));
  for (const { name, boxes } of labelled) {
    await put(path.image(split, name), png, 'image/png');
    await put(path.labels(split, name), Buffer.from(yoloLabels(boxes, placement.to)), 'text/plain');
  }
  const sum = (rule: 'duplicates' | 'reversed' | 'clipped' | 'contradictions') =>
    cleaned.reduce((total, { fixes }) => total + fixes[rule], 0);
  return {
    imageId,
    split,
    unit,
    patient,
    imageKey,
    placement,
    pixels: sha256(png),
    source,
    readings,
    labelled,
    files,
    fixes: {
      duplicates: sum('duplicates'),
      reversed: sum('reversed'),
      clipped: sum('clipped'),
      contradictions: sum('contradictions'),
    },
    problems: cleaned.flatMap(({ problems }) =>
      problems.map((row) => ({ kind: 'row' as const, imageId, ...row })),
    ),
  };
}
