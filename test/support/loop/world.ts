import { randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { WorkflowHandle } from '@temporalio/client';
import { registerModel } from '../../../src/activities/models/register.js';
import { promote } from '../../../src/catalog/models.js';
import { type Attached, attach } from '../../../src/client/attach.js';
import { failureOf } from '../../../src/client/failure.js';
import { loadConfig } from '../../../src/config/load.js';
import { fileUri, openStore } from '../../../src/storage/open.js';
import type { ObjectStore } from '../../../src/storage/port.js';
import { cxrflow } from '../catalog/cli.js';
import { type Running, running } from '../cli.js';
import { temporaryFolder } from '../servers/process.js';
import { CELL_CLASSES, cellDetector } from './cells.js';
import { type CellImage, cellImages, publishCells } from './dataset.js';

export const TRAINER = new URL('../fake-trainer.mjs', import.meta.url).pathname;

/** Sees the easy ones only. */
export const PRODUCTION = 0.35;
/** Sees all of them. */
export const BETTER = 0.1;
/** Sees nothing. */
export const WORSE = 0.49;

export const SIZES = { training: 16, validation: 12, test: 4, canary: 12, production: 24 };

export interface World {
  readonly folder: string;
  readonly env: Record<string, string>;
  readonly up: Running;
  readonly place: Attached;
  /** Below `objects`, the folder of the dataset's versions. */
  dataset(
    name: string,
    images?: readonly CellImage[],
    version?: string,
    classes?: readonly string[],
  ): Promise<ObjectStore>;
  /** A registered model of this name in production, and a file of a candidate. */
  model(name: string, threshold?: number): Promise<void>;
  file(name: string, bytes: Uint8Array | string): string;
  cli(...args: string[]): ReturnType<typeof cxrflow>;
  /** Starts a run and waits; its result, its error or its pause. */
  start(type: string, input: object, id?: string): Promise<WorkflowHandle>;
  run(type: string, input: object): Promise<Record<string, unknown>>;
  close(): Promise<void>;
}

/** A live `up` on embedded parts with a trainer that does what it is told. */
export async function makeWorld(more: (folder: string) => string = () => ''): Promise<World> {
  const folder = temporaryFolder('loop');
  const data = join(folder, 'data');
  const config = join(folder, 'config.yaml');
  writeFileSync(
    config,
    `retry: { window: 4s, first: 100ms, longest: 1s }
retrain: { trainer: fake, minFeedback: 1 }
training: { timeLimit: 60s, silence: 20s, outputLimit: 2MiB, grace: 2s }
trainers: { fake: { command: [${process.execPath}, ${TRAINER}] }, none: { command: [/no/such/trainer] } }
ingest: { minAge: 0s }
annotations: { minAge: 0s }
${more(folder)}`,
  );
  const env = {
    CXRFLOW_CONFIG: config,
    CXRFLOW_DATA: data,
    CXRFLOW_KEYRING: join(folder, 'keyring.json'),
    CXRFLOW_LOG_LEVEL: 'warn',
    DATABASE_URL: '',
    TEMPORAL_ADDRESS: '',
    CXRFLOW_STORAGE: '',
  };
  const all = { ...process.env, ...env };
  const up = await running(['up', '--port', '0'], all);
  if (up.ready.ready !== true) throw new Error(JSON.stringify(up.ready.error));
  const place = await attach(loadConfig({ env: all }));
  const objects = openStore(fileUri(join(data, 'objects')));
  const cli = (...args: string[]) => cxrflow(args, env);
  const file = (name: string, bytes: Uint8Array | string) => {
    const path = join(folder, name);
    writeFileSync(path, bytes);
    return path;
  };
  const start: World['start'] = (type, input, id = randomUUID()) =>
    place.client.workflow.start(type, { taskQueue: 'cxrflow', workflowId: id, args: [input] });
  return {
    folder,
    env,
    up,
    place,
    cli,
    file,
    async dataset(name, images = cellImages(SIZES), version = 'v1.0', classes = CELL_CLASSES) {
      const at = join(data, 'objects', name);
      mkdirSync(at, { recursive: true });
      const store = openStore(fileUri(at));
      await publishCells(place.catalog, store, { dataset: name, version, images, classes });
      return store;
    },
    async model(name, threshold = PRODUCTION) {
      const { catalog } = place;
      const who = 'test';
      const bytes = cellDetector(threshold);
      await registerModel({ catalog, objects }, { name, bytes, who, codeVersion: 'test' });
      await catalog.transaction((trx) => promote(trx, name, 1, { who, reason: 'the first' }));
    },
    start,
    async run(type, input) {
      const handle = await start(type, input);
      try {
        return (await handle.result()) as Record<string, unknown>;
      } catch (error) {
        const { code, message } = failureOf(error) as { code?: string; message: string };
        return { error: { code, message } };
      }
    },
    async close() {
      await place.close();
      await up.end('SIGTERM');
    },
  };
}
