import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Client } from '@temporalio/client';
import { MockActivityEnvironment } from '@temporalio/testing';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ModelActivities } from '../../../src/activities/api/models.js';
import { createActivities } from '../../../src/activities/index.js';
import { registerModel } from '../../../src/activities/models/register.js';
import { promote } from '../../../src/catalog/models.js';
import { type Catalog, openCatalog } from '../../../src/catalog/open.js';
import { loadConfig } from '../../../src/config/load.js';
import { openModel } from '../../../src/models/open-model.js';
import { decodePicture } from '../../../src/models/picture.js';
import type { Detections } from '../../../src/models/types.js';
import { loadKeyring } from '../../../src/privacy/keyring.js';
import { createDeps } from '../../../src/workers/deps.js';
import { createLog } from '../../../src/workers/log.js';
import { detectorModel } from '../../support/onnx-graph.js';

const CLASSES = ['nodule', 'effusion'];
const BY = { who: 'ann', codeVersion: '0.1.0' };
const detector = (seed: number) =>
  detectorModel({ classes: CLASSES, width: 96, height: 96, layout: 'raw', seed });

let folder: string;
let catalog: Catalog;
let deps: ReturnType<typeof createDeps>;
let activities: ModelActivities;
const files = new Map<string, Buffer>();

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'cxrflow-models-'));
  catalog = await openCatalog({ kind: 'memory' });
  const env = {
    CXRFLOW_STORAGE: pathToFileURL(folder).href,
    CXRFLOW_PSEUDONYM_KEY: randomBytes(32).toString('hex'),
  };
  const config = loadConfig({ env, data: folder });
  const keyring = loadKeyring(env, { mayCreate: false });
  // Nothing here asks the server.
  const temporal = {} as Client;
  const log = createLog({ level: 'silent', format: 'json' });
  deps = createDeps({ config, keyring, catalog, temporal, log, searchAttributes: false });
  activities = createActivities(deps).gpu as unknown as ModelActivities;
  for (let i = 0; i < 20; i++) {
    const width = 50 + 13 * i;
    const raw = Buffer.from(Array.from({ length: width * 80 }, (_, k) => (k * (i + 3) * 37) % 256));
    const png = await sharp(raw, { raw: { width, height: 80, channels: 1 } })
      .png()
      .toBuffer();
    files.set(`films/f${i}.png`, i === 7 ? png.subarray(0, 60) : png);
  }
  for (const [key, bytes] of files) await deps.objects.write(key, bytes);
  for (const seed of [1, 2])
    await registerModel(
      { catalog, objects: deps.objects },
      { ...BY, name: 'nodules', bytes: detector(seed) },
    );
  await catalog.transaction((trx) => promote(trx, 'nodules', 2, { who: 'ann', reason: 'test' }));
});
afterAll(async () => {
  await deps?.close();
  await catalog?.close();
  rmSync(folder, { recursive: true, force: true });
});

const run = { retry: { window: 1_000, first: 10, longest: 100 } };
const call = <Input, Output>(activity: (input: Input) => Promise<Output>, input: Input) =>
  new MockActivityEnvironment().run(activity, input) as Promise<Output>;
const open = (model: string) => call(activities.openModel, { model });
async function predict(model: string, keys: readonly string[]) {
  const input = {
    ...{ run, model: await open(model), output: 'predictions/a.jsonl', thresholds: { confidence: 0.5 } },
    images: { root: deps.objects.root, keys },
  };
  const result = await call(activities.predictImages, input);
  const lines = (await deps.objects.read(input.output)).toString().trim().split('\n');
  return { result, lines: lines.map((line) => JSON.parse(line) as Record<string, unknown>) };
}

describe('models on the gpu queue', () => {
  it('opens the one in production, a version, or a file, and says what computes', async () => {
    const production = await open('nodules');
    expect(production).toMatchObject({ id: 'nodules@v2', declaration: { task: 'detect', classes: CLASSES } });
    expect(['cpu', 'cuda']).toContain(production.provider);
    expect((await open('nodules@v1')).sha256).not.toBe(production.sha256);
    const file = await open(production.uri);
    expect(file).toMatchObject({ id: `sha256:${production.sha256.slice(0, 12)}`, sha256: production.sha256 });
    await expect(open('nodules@v3')).rejects.toMatchObject({ code: 'MODEL_UNKNOWN' });
    await expect(open('others')).rejects.toMatchObject({ code: 'MODEL_UNKNOWN' });
  });

  it('answers as the model does in a loop, and tells of files that it cannot read', async () => {
    const keys = [...files.keys(), 'films/gone.png'];
    const { result, lines } = await predict('nodules', keys);
    expect(result).toMatchObject({ predicted: 19, failed: 2 });
    const model = await openModel(detector(2), {}, { device: 'cpu' });
    let boxes = 0;
    for (const [i, key] of keys.entries()) {
      const line = lines[i] as Record<string, unknown>;
      expect(line.id).toBe(key.slice('films/'.length, -'.png'.length));
      if (key === 'films/gone.png') expect(line.error).toBe('NOT_FOUND');
      else if (key === 'films/f7.png') expect(line.error).toBe('DECODE_FAILED');
      else {
        const picture = await decodePicture(files.get(key) as Buffer);
        const [answer] = (await model.predict([picture], { confidence: 0.5 })) as Detections[];
        expect(line).toMatchObject({ width: picture.width, height: picture.height, boxes: answer?.boxes });
        boxes += answer?.boxes.length ?? 0;
      }
    }
    expect(boxes).toBeGreaterThan(20);
    await model.close();
  });
});
