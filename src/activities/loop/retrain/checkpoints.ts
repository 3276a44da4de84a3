import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { RetrainRun } from '../../api/loop.js';
import type { Deps } from '../../deps.js';
import { loopStaged, readJson, writeJson } from '../staged.js';

/** The latest checkpoint of a run: its path in the output folder, and the object that holds it. */
interface Checkpoint {
  readonly path: string;
  readonly key: string;
  readonly number: number;
}

/** Keeps a checkpoint where any worker finds it. The one before it goes when the new one counts. */
export async function keepCheckpoint(
  { objects }: Deps,
  run: RetrainRun,
  output: string,
  path: string,
): Promise<void> {
  const pointer = loopStaged.checkpoint(run);
  const before = await readJson<Checkpoint>(objects, pointer);
  const number = (before?.number ?? 0) + 1;
  const key = `${loopStaged.checkpoints(run)}${number}`;
  await objects.write(key, createReadStream(join(output, path)));
  await writeJson(objects, pointer, { path, key, number } satisfies Checkpoint);
  if (before) await objects.delete(before.key);
}

/** Puts the latest checkpoint into the output folder. @returns its path there; undefined where there is none */
export async function restoreCheckpoint(
  { objects }: Deps,
  run: RetrainRun,
  output: string,
): Promise<string | undefined> {
  const latest = await readJson<Checkpoint>(objects, loopStaged.checkpoint(run));
  if (!latest) return undefined;
  const target = join(output, latest.path);
  await mkdir(dirname(target), { recursive: true });
  await pipeline(await objects.readStream(latest.key), createWriteStream(`${target}.part`));
  await rename(`${target}.part`, target);
  return latest.path;
}
