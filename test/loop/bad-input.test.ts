/** What is wrong with feedback, datasets, trainers and models: each has a code, and production stays what it was. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { modelVersion } from '../../src/catalog/models.js';
import { list } from '../../src/catalog/quarantine.js';
import type { ObjectStore } from '../../src/storage/port.js';
import { cellDetector } from '../support/loop/cells.js';
import { cellImages } from '../support/loop/dataset.js';
import { BETTER, makeWorld, type World } from '../support/loop/world.js';

let world: World;
let store: ObjectStore;
const SMALL = { training: 4, validation: 2, canary: 2, production: 4, test: 1 };

beforeAll(async () => {
  world = await makeWorld();
  store = await world.dataset('cells', cellImages(SMALL));
  await world.model('cells');
  await world.run('onlineSimulation', { dataset: 'cells', model: 'cells', load: [2] });
});
afterAll(() => world.close());

async function stays(name = 'cells'): Promise<void> {
  expect(await modelVersion(world.place.catalog.db, name)).toMatchObject({ version: 1 });
}

const code = (json: Record<string, unknown>) => (json.error as { code: string } | undefined)?.code;

describe('feedback', () => {
  test('that is wrong is quarantined with its code; the rest is taken, each once', async () => {
    const good = await world.dataset('feedback', cellImages(SMALL));
    const put = (name: string, body: unknown) =>
      good.write(`feedback/${name}`, Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)));
    const box = { class_id: 0, confidence: 0.95, bbox: [0, 0, 8, 8] };
    await put('production-0.json', box);
    await put('many.json', [
      { ...box, image_id: 'production-1' },
      { ...box, image_id: 'production-2' },
    ]);
    await put('text.json', 'Doe^John has no finding');
    await put('class.json', { ...box, image_id: 'production-1', class_id: 2 });
    await put(
      'nan.json',
      '{"image_id": "production-1", "class_id": 0, "confidence": NaN, "bbox": [0, 0, 8, 8]}',
    );
    await put('outside.json', { ...box, image_id: 'production-1', bbox: [30, 30, 40, 40] });
    await put('unknown.json', { ...box, image_id: 'nobody' });
    await put('nul.json', { ...box, image_id: 'production\0' });
    await put('notes.txt', 'no feedback');
    const start = () =>
      world.run('feedbackRetrain', { dataset: 'feedback', model: 'cells', minFeedback: 1000 });
    const first = await start();
    expect(first).toMatchObject({
      found: 9,
      done: 2,
      quarantined: 6,
      ignored: 1,
      skipped: 0,
      waiting: 3,
      decision: { code: 'NOT_ENOUGH_FEEDBACK' },
    });
    const { files } = await list(world.place.catalog.db, { source: `${good.root}/feedback` }, { limit: 10 });
    expect(files.map((file) => file.code).sort()).toEqual([
      'FEEDBACK_BBOX',
      'FEEDBACK_CLASS',
      'FEEDBACK_CONFIDENCE',
      'FEEDBACK_NOT_JSON',
      'FEEDBACK_NOT_JSON',
      'FEEDBACK_UNKNOWN_IMAGE',
    ]);
    for (const { reason } of files) expect(reason).not.toContain('Doe');
    expect(await start()).toMatchObject({
      done: 0,
      skipped: 8,
      ignored: 1,
      quarantined: 0,
      waiting: 3,
    });

    // What is mended is taken again; a file in quarantine on request, too.
    await put('outside.json', { ...box, image_id: 'production-3', bbox: [0, 0, 32, 32] });
    const retried = await world.cli('quarantine', 'retry', '--code', 'FEEDBACK_UNKNOWN_IMAGE', '--json');
    expect(retried.code, retried.stderr).toBe(0);
    expect(await start()).toMatchObject({ done: 1, quarantined: 1, skipped: 6, waiting: 4 });
    await stays();
  });
});

describe('a dataset', () => {
  test.each([
    ['without a canary', 'SPLIT_EMPTY', { ...SMALL, canary: 0 }, [0, 1]],
    ['without validation', 'SPLIT_EMPTY', { ...SMALL, validation: 0 }, [0, 1]],
    ['of one class', 'TRAINING_SET_ONE_CLASS', SMALL, [1]],
  ] as const)('%s', async (name, expected, sizes, classes) => {
    const id = name.replaceAll(' ', '-');
    await world.dataset(id, cellImages(sizes, classes));
    await world.model(id);
    await world.run('onlineSimulation', { dataset: id, model: id, load: [2] });
    const answer = await world.run('feedbackRetrain', { dataset: id, model: id });
    expect(code(answer)).toBe(expected);
    await stays(id);
  });

  test('without a training set', async () => {
    const { training: _, ...sizes } = SMALL;
    await world.dataset('untrained', cellImages(sizes));
    const answer = await world.run('feedbackRetrain', {
      dataset: 'untrained',
      model: 'nothing-yet',
      minFeedback: 0,
    });
    expect(code(answer)).toBe('TRAINING_SET_EMPTY');
  });

  test('without the split that is simulated', async () => {
    const answer = await world.run('onlineSimulation', {
      dataset: 'cells',
      model: 'cells',
      split: 'staging',
    });
    expect(code(answer)).toBe('SPLIT_EMPTY');
    expect(JSON.stringify(answer)).toContain('canary, production, test, training, validation');
  });

  test('of other classes than the model', async () => {
    await world.dataset('renamed', cellImages(SMALL), 'v1.0', ['light', 'dark']);
    for (const type of ['onlineSimulation', 'feedbackRetrain'])
      expect(code(await world.run(type, { dataset: 'renamed', model: 'cells' }))).toBe('MODEL_MISMATCH');
  });

  test('that is not there', async () => {
    expect(code(await world.run('feedbackRetrain', { dataset: 'other', model: 'cells' }))).toBe(
      'VERSION_MISSING',
    );
  });
});

describe('an image', () => {
  test('that is broken or gone fails by itself, and is done once it is mended', async () => {
    const broken = await world.dataset('broken', cellImages(SMALL));
    await world.model('broken');
    const key = (n: number) => `v1.0/organized/production/images/production-${n}.png`;
    const whole = await broken.read(key(0));
    await broken.write(key(0), Buffer.from('no picture'));
    await broken.move(key(1), 'elsewhere.png');
    const input = { dataset: 'broken', model: 'broken', load: [1] };
    const first = await world.run('onlineSimulation', input);
    expect(first).toMatchObject({ found: 4, done: 2, quarantined: 2 });
    const [stage] = first.stages as { errors: Record<string, number> }[];
    expect(Object.values(stage?.errors ?? {})).toEqual([1, 1]);
    expect(stage?.errors.NOT_FOUND).toBe(1);
    const source = `onlineSimulation ${broken.root}`;
    const waiting = async () =>
      (await list(world.place.catalog.db, { source }, { limit: 9 })).files.map((file) => file.code);
    expect((await waiting()).sort()).toEqual(Object.keys(stage?.errors ?? {}).sort());
    await broken.write(key(0), whole);
    expect(await world.run('onlineSimulation', input)).toMatchObject({ done: 1, skipped: 2, quarantined: 1 });
    expect(await waiting()).toEqual(['NOT_FOUND']);
  });
});

describe('a trainer', () => {
  const retrain = (params: object, more: object = {}) =>
    world.run('feedbackRetrain', { dataset: 'cells', model: 'cells', params, ...more });

  test.each([
    ['exits 1', 'TRAINER_FAILED', { behave: 'exit' }],
    ['fills the disk', 'TRAINER_OUTPUT_TOO_LARGE', { behave: 'fill' }],
    ['says nothing', 'TRAINER_TOO_SLOW', { behave: 'hang' }],
    ['writes no model', 'TRAINER_NO_MODEL', { behave: 'no-model' }],
    ['writes something that is not ONNX', 'MODEL_NOT_ONNX', { behave: 'not-onnx' }],
  ])('that %s', async (_, expected, params) => {
    expect(code(await retrain(params))).toBe(expected);
    await stays();
  });

  test('that prints garbage may still do its work', async () => {
    const model = world.file('same.onnx', cellDetector(0.35));
    const json = await retrain({ behave: 'garbage', epochs: 1, model });
    expect(json).toMatchObject({
      trained: { garbage: 4 },
      promoted: false,
      decision: { code: 'NOT_BETTER' },
    });
    await stays();
  });

  test('that is not there, or not known', async () => {
    await store.write(
      'feedback/production-0.json',
      Buffer.from('{"class_id":0,"confidence":1,"bbox":[0,0,8,8]}'),
    );
    expect(code(await retrain({}, { trainer: 'none' }))).toBe('TRAINER_MISSING');
    expect(code(await retrain({}, { trainer: 'some' }))).toBe('TRAINER_UNKNOWN');
    await stays();
  });

  test('of a model of other classes', async () => {
    const model = world.file('other.onnx', cellDetector(BETTER, ['dark', 'bright']));
    expect(code(await retrain({ model }))).toBe('MODEL_MISMATCH');
    await stays();
  });
});

describe('an input', () => {
  test.each([
    ['feedbackRetrain', { confidence: 1.5 }, 'confidence'],
    ['feedbackRetrain', { minFeedback: -1 }, 'minFeedback'],
    ['feedbackRetrain', { trainer: 7 }, 'trainer'],
    ['feedbackRetrain', { nonsense: true }, 'nonsense'],
    ['onlineSimulation', { load: [] }, 'load'],
    ['onlineSimulation', { load: [0] }, 'load.0'],
    ['onlineSimulation', { stage: 0 }, 'stage'],
  ])('%s %j names the field', async (type, input, field) => {
    const answer = await world.run(type, input);
    expect(code(answer)).toBe('BAD_INPUT');
    expect(JSON.stringify(answer)).toContain(field);
  });
});
