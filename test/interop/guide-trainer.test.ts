/** The least trainer of docs/retraining.md, taken from there, run as a site would run it. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { trainerEnvironment } from '../../src/models/trainers/environment.js';
import { trainExternally } from '../../src/models/trainers/external.js';
import { temporaryFolder } from '../support/servers/process.js';

test('does what the guide says', async () => {
  const guide = readFileSync(new URL('../../docs/retraining.md', import.meta.url), 'utf8');
  const block = /The least that works, in Python:\n\n((?: {4}.*\n)+)/.exec(guide)?.[1] ?? '';
  const folder = temporaryFolder('guide-trainer');
  const script = join(folder, 'train.py');
  writeFileSync(script, block.replaceAll(/^ {4}/gm, ''));
  const baseModel = join(folder, 'production.onnx');
  writeFileSync(baseModel, 'the model in production');
  const progress: number[] = [];
  const { model, garbage } = await trainExternally(
    {
      command: ['python3', script],
      env: trainerEnvironment(process.env),
      timeLimit: 60_000,
      silence: 60_000,
      outputLimit: 1_000_000,
      grace: 1_000,
    },
    {
      workDir: folder,
      datasetDir: folder,
      checkpoint: undefined,
      params: { protocol: 1, seed: 1, classes: ['a'], dataset: 'd', version: 'v1.0', baseModel, params: {} },
    },
    { onProgress: ({ epoch }) => progress.push(epoch) },
    new AbortController().signal,
  );
  expect(readFileSync(model, 'utf8')).toBe('the model in production');
  expect(progress).toEqual([1]);
  expect(garbage).toBe(0);
});
