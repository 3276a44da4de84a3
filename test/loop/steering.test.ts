/** People and the loop: who approves, stops, corrects; and what of a patient ends in histories, which is nothing. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { readVersion } from '../../src/activities/versions/publish.js';
import { versionsOfPatient } from '../../src/catalog/dataset-versions.js';
import { modelVersion, movesOf } from '../../src/catalog/models.js';
import type { Progress } from '../../src/workflows/steer.js';
import { cellDetector } from '../support/loop/cells.js';
import { cellImages } from '../support/loop/dataset.js';
import { BETTER, makeWorld, type World } from '../support/loop/world.js';

let world: World;
let better: string;
const SMALL = { training: 4, validation: 8, canary: 8, production: 8, test: 1 };

beforeAll(async () => {
  world = await makeWorld();
  better = world.file('better.onnx', cellDetector(BETTER));
});
afterAll(() => world.close());

const progress = (run: WorkflowHandle) => run.query<Progress>('progress');
/** @param state asked for until it is there */
const until = (run: WorkflowHandle, is: (p: Progress) => boolean) =>
  vi.waitFor(async () => expect(is(await progress(run))).toBe(true), { timeout: 60_000, interval: 200 });

async function simulated(name: string): Promise<void> {
  await world.dataset(name, cellImages(SMALL));
  await world.model(name);
  expect(await world.run('onlineSimulation', { dataset: name, model: name, load: [4] })).toMatchObject({
    done: SMALL.production,
  });
}

describe('approval', () => {
  const waiting = async (name: string, id: string) => {
    await simulated(name);
    const input = { dataset: name, model: name, approval: true, params: { model: better, epochs: 1 } };
    const run = await world.start('feedbackRetrain', input, id);
    await until(run, ({ paused }) => paused?.code === 'APPROVAL_NEEDED');
    expect(await modelVersion(world.place.catalog.db, name)).toMatchObject({ version: 1 });
    return run;
  };

  test('a person says yes, and is remembered with the reason', async () => {
    const run = await waiting('asked', 'asked');
    await expect(
      run.executeUpdate('approve', { args: [{ approve: 'yes', reason: '', by: 'me' }] }),
    ).rejects.toThrow();
    // A plain resume is no answer.
    await run.executeUpdate('resume');
    await until(run, ({ paused }) => paused?.code === 'APPROVAL_NEEDED');
    const { code, stderr } = await world.cli('model', 'approve', 'asked', '--reason', 'seen twenty films');
    expect(code, stderr).toBe(0);
    expect(await run.result()).toMatchObject({ promoted: true, decision: { code: 'BETTER' } });
    const { db } = world.place.catalog;
    expect(await modelVersion(db, 'asked')).toMatchObject({ version: 2 });
    const [move] = await movesOf(db, 'asked');
    expect(move?.reason).toContain('seen twenty films');
    expect(move?.who).not.toBe('');
    expect((await world.cli('model', 'approve', 'asked', '--reason', 'again', '--json')).json).toMatchObject({
      error: { code: 'RUN_ENDED' },
    });
  });

  test('a person says no', async () => {
    const run = await waiting('refused', 'refused');
    expect((await world.cli('model', 'reject', 'refused', '--reason', 'not convinced')).code).toBe(0);
    expect(await run.result()).toMatchObject({
      promoted: false,
      decision: { code: 'REJECTED', reason: 'not convinced' },
    });
    expect(await modelVersion(world.place.catalog.db, 'refused')).toMatchObject({ version: 1 });
  });

  test('another model was promoted meanwhile: that one stays', async () => {
    const run = await waiting('moved', 'moved');
    expect((await world.cli('model', 'promote', 'moved@v2', '--reason', 'by hand')).code).toBe(0);
    expect((await world.cli('model', 'rollback', 'moved', '--reason', 'and back')).code).toBe(0);
    expect((await world.cli('model', 'promote', 'moved@v2', '--reason', 'by hand')).code).toBe(0);
    await run.executeUpdate('approve', { args: [{ approve: true, reason: 'late', by: 'me' }] });
    expect(await run.result()).toMatchObject({ candidate: { model: 'moved@v2' } });
    expect(await modelVersion(world.place.catalog.db, 'moved')).toMatchObject({ version: 2 });
  });
});

describe('stopping', () => {
  const folders = () => {
    try {
      return readdirSync(join(world.folder, 'data', 'trainings'));
    } catch {
      return [];
    }
  };

  test('a training that is cancelled ends its trainer and leaves nothing; the next run learns from the same', async () => {
    await simulated('stopped');
    const input = {
      dataset: 'stopped',
      model: 'stopped',
      params: { model: better, epochs: 500, epochMs: 100 },
    };
    const run = await world.start('feedbackRetrain', input);
    await until(run, ({ facts }) => facts?.step === 'train');
    await vi.waitFor(() => expect(folders()).toHaveLength(1), 20_000);
    await run.cancel();
    await expect(run.result()).rejects.toThrow();
    expect(folders()).toEqual([]);
    const objects = join(world.folder, 'data', 'objects', '.staging');
    expect(readdirSync(join(objects, '..')).includes('.staging') ? readdirSync(objects) : []).toEqual([]);
    const again = await world.run('feedbackRetrain', { ...input, params: { model: better, epochs: 1 } });
    // The version that the cancelled run had built is there, and is not built twice.
    expect(again).toMatchObject({ promoted: true, version: { version: 'v1.1' }, selection: { selected: 4 } });
  });

  test('a simulation pauses between its parts, goes on, and every image is asked once', async () => {
    const name = 'paused';
    await world.dataset(name, cellImages({ ...SMALL, production: 400 }));
    await world.model(name);
    const run = await world.start('onlineSimulation', {
      dataset: name,
      model: name,
      load: [1, 2],
      stage: 0.2,
    });
    await until(run, ({ counts }) => counts.done > 0);
    await run.executeUpdate('pause', { args: [{ reason: 'lunch' }] });
    await vi.waitFor(async () => {
      const { state, counts } = await progress(run);
      expect(state).toBe('paused');
      expect((await progress(run)).counts).toEqual(counts);
    });
    await run.executeUpdate('setConcurrency', { args: [{ n: 1 }] });
    await run.executeUpdate('resume');
    expect(await run.result()).toMatchObject({ found: 400, done: 400, skipped: 0, latency: { n: 400 } });
  });

  test('two runs on one feedback folder: the second says who has it', async () => {
    const name = 'busy';
    await world.dataset(name, cellImages({ ...SMALL, production: 200 }));
    await world.model(name);
    const run = await world.start(
      'onlineSimulation',
      { dataset: name, model: name, load: [1] },
      'first-of-two',
    );
    await until(run, ({ state }) => state === 'running');
    const second = await world.run('feedbackRetrain', { dataset: name, model: name });
    expect(second).toMatchObject({ error: { code: 'SOURCE_BUSY' } });
    expect(JSON.stringify(second)).toContain('first-of-two');
    await run.cancel();
    await expect(run.result()).rejects.toThrow();
  });
});

describe('patients', () => {
  test('one who is in canary is learnt from under no name of a file', async () => {
    const name = 'protected';
    const images = cellImages(SMALL).map((image) =>
      // The first two patients of production are those of canary, as a patient who comes again is.
      /^production-[01]$/.test(image.imageId)
        ? { ...image, patient: image.imageId.replace('production', 'P-canary') }
        : image,
    );
    const store = await world.dataset(name, images);
    await world.model(name);
    await world.run('onlineSimulation', { dataset: name, model: name, load: [2] });
    const input = { dataset: name, model: name, params: { model: better, epochs: 1 } };
    const run = await world.start('feedbackRetrain', input, 'history');
    expect(await run.result()).toMatchObject({
      selection: { selected: 2, left: { PROTECTED_PATIENT: 2, NO_FINDING: 4 } },
    });
    const { manifest } = await readVersion(store, 'v1.1/');
    expect(manifest.files.some(({ path }) => /production-[01]\b/.test(path))).toBe(false);
    for (const patient of ['P-canary-0', 'P-canary-1']) {
      const splits = (await versionsOfPatient(world.place.catalog.db, patient)).map(({ split }) => split);
      expect(splits).not.toContain('retrain');
    }
    const history = JSON.stringify(await run.fetchHistory());
    // Payloads are bytes in a history.
    const { events } = await run.fetchHistory();
    const text = [...payloads(events)].join('\n') + history;
    for (const { patient, imageId } of images) {
      expect(text).not.toContain(patient);
      expect(text).not.toContain(imageId);
    }
    expect(text).toContain('v1.1');
  });
});

/** Every payload of a history, as text. */
function* payloads(value: unknown): Generator<string> {
  if (value instanceof Uint8Array) yield Buffer.from(value).toString('utf8');
  else if (typeof value === 'object' && value !== null)
    for (const part of Object.values(value)) yield* payloads(part);
}
