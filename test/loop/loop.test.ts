/** The loop on embedded parts: a dataset, its production images through the model, what they teach, the next model. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readVersion } from '../../src/activities/versions/publish.js';
import { verifyVersion } from '../../src/activities/versions/verify.js';
import { listVersions, versionsOfPatient } from '../../src/catalog/dataset-versions.js';
import { modelVersion, movesOf } from '../../src/catalog/models.js';
import { cellBox, cellDetector } from '../support/loop/cells.js';
import { cellImages, EASY } from '../support/loop/dataset.js';
import { BETTER, makeWorld, PRODUCTION, SIZES, WORSE, type World } from '../support/loop/world.js';

let world: World;
beforeAll(async () => {
  world = await makeWorld();
});
afterAll(() => world.close());

const truth = cellImages(SIZES);

describe('onlineSimulation and feedbackRetrain', () => {
  test('a better candidate is trained on what production was sure of, and promoted', async () => {
    const store = await world.dataset('cells');
    await world.model('cells');

    const simulated = await world.run('onlineSimulation', {
      dataset: 'cells',
      model: 'cells',
      load: [1, 2, 1],
      stage: 30,
    });
    expect(simulated).toMatchObject({
      found: SIZES.production,
      done: SIZES.production,
      skipped: 0,
      quarantined: 0,
      model: 'cells@v1',
      split: 'production',
    });
    const stages = simulated.stages as { workers: number; done: number; latency: { p99: number } }[];
    expect(stages.map(({ workers, done }) => [workers, done])).toEqual([
      [1, 6],
      [2, 12],
      [1, 6],
    ]);
    for (const { latency } of stages) expect(latency.p99).toBeGreaterThan(0);
    for (const { imageId, findings, contrast } of truth.filter(({ split }) => split === 'production')) {
      const said = JSON.parse((await store.read(`feedback/${imageId}.json`)).toString());
      const seen = contrast === EASY;
      expect(said).toMatchObject({ image_id: imageId, model_version: 'cells@v1' });
      expect(said.class_id).toBe(seen ? findings[0]?.classId : null);
      expect(said.bbox).toEqual(seen ? cellBox(findings[0]?.cell ?? 0) : null);
      expect(said.predictions).toHaveLength(seen ? 1 : 0);
    }

    const again = await world.run('onlineSimulation', { dataset: 'cells', model: 'cells', load: [3] });
    expect(again).toMatchObject({ found: SIZES.production, done: 0, skipped: SIZES.production });

    const model = world.file('better.onnx', cellDetector(BETTER));
    const json = await world.run('feedbackRetrain', {
      dataset: 'cells',
      model: 'cells',
      params: { model, epochs: 2 },
    });
    expect(json).toMatchObject({
      found: SIZES.production,
      done: SIZES.production,
      promoted: true,
      decision: { code: 'BETTER', promote: true },
      selection: { selected: 12, corrections: 0, left: { NO_FINDING: 12 } },
      version: { version: 'v1.1' },
      candidate: { model: 'cells@v2' },
      trained: { epochs: 2, attempts: 1, garbage: 0 },
    });
    const { candidate, production } = json.evaluation as Record<
      'candidate' | 'production',
      Record<'validation' | 'canary', { score: number }>
    >;
    expect(candidate.validation.score).toBeGreaterThan(production.validation.score + 0.3);
    expect(candidate.canary.score).toBeCloseTo(1, 6);

    const { db } = world.place.catalog;
    expect(await modelVersion(db, 'cells')).toMatchObject({
      version: 2,
      dataset: 'cells@v1.1',
      parent: 'cells@v1',
      metrics: { loss: 0.5 },
    });
    expect((await movesOf(db, 'cells'))[0]).toMatchObject({
      action: 'promote',
      from_version: 1,
      to_version: 2,
    });

    // Lineage, and nothing of the splits that models are measured on.
    const { manifest } = await readVersion(store, 'v1.1/');
    const before = await readVersion(store, 'v1.0/');
    expect(manifest.parents).toMatchObject([{ kind: 'dataset', sha256: before.sha256 }]);
    const learnt = truth.filter(({ split, contrast }) => split === 'production' && contrast === EASY);
    const paths = manifest.files
      .map(({ path }) => path)
      .filter((path) => path.startsWith('organized/retrain/'));
    expect(paths.sort()).toEqual(
      learnt
        .flatMap(({ imageId }) => [
          `organized/retrain/images/${imageId}.png`,
          `organized/retrain/labels/${imageId}.txt`,
        ])
        .sort(),
    );
    for (const { patient } of learnt)
      expect(
        (await versionsOfPatient(db, patient)).map(({ version, split }) => `${version} ${split}`),
      ).toEqual(['v1.0 production', 'v1.1 retrain']);
    const csv = (await store.read('v1.1/retrain.csv')).toString().trim().split('\n');
    expect(csv[0]).toBe('image_id,class_name,class_id,rad_id,x_min,y_min,x_max,y_max,confidence,origin');
    expect(csv).toHaveLength(13);
    expect(await verifyVersion(store, 'v1.1/', manifest)).toMatchObject({ ok: true });
  });

  test('a second run finds nothing new', async () => {
    const json = await world.run('feedbackRetrain', { dataset: 'cells', model: 'cells', minFeedback: 1 });
    expect(json).toMatchObject({
      skipped: SIZES.production,
      done: 0,
      waiting: 0,
      promoted: false,
      decision: { code: 'NOT_ENOUGH_FEEDBACK' },
    });
    const versions = await listVersions(world.place.catalog.db, { dataset: 'cells' });
    expect(versions.map(({ version }) => version)).toEqual(['v1.1', 'v1.0']);
  });

  test('what was not sure enough waits again when less is asked, unless the last word on it is another', async () => {
    const store = await world.dataset('unsure');
    await world.model('unsure');
    const say = (name: string, imageId: string, confidence: number, day: number) => {
      const box = { class_id: 0, confidence, bbox: [0, 0, 8, 8] };
      const said = { ...box, image_id: imageId, timestamp: `2026-01-0${day}T00:00:00Z` };
      return store.write(`feedback/${name}.json`, Buffer.from(JSON.stringify(said)));
    };
    await say('a', 'production-0', 0.7, 1);
    await say('b', 'production-1', 0.7, 1);
    await say('c', 'production-1', 0.2, 2);
    const model = world.file('same.onnx', cellDetector(PRODUCTION));
    const subject = { dataset: 'unsure', model: 'unsure', params: { model } };
    expect(await world.run('feedbackRetrain', subject)).toMatchObject({
      waiting: 2,
      decision: { code: 'NOTHING_SELECTED' },
      selection: { left: { LOW_CONFIDENCE: 2 } },
    });
    expect(await world.run('feedbackRetrain', subject)).toMatchObject({ waiting: 0 });
    expect(await world.run('feedbackRetrain', { ...subject, confidence: 0.6 })).toMatchObject({
      waiting: 1,
      selection: { selected: 1 },
      decision: { code: 'NOT_BETTER' },
    });
  });

  test('one that is worse is kept out', async () => {
    await world.dataset('worse');
    await world.model('worse');
    await world.run('onlineSimulation', { dataset: 'worse', model: 'worse', load: [2] });
    const model = world.file('blind.onnx', cellDetector(WORSE));
    const json = await world.run('feedbackRetrain', {
      dataset: 'worse',
      model: 'worse',
      params: { model },
    });
    expect(json).toMatchObject({ promoted: false, decision: { code: 'NOT_BETTER', promote: false } });
    expect(await modelVersion(world.place.catalog.db, 'worse')).toMatchObject({ version: 1 });
    expect(await modelVersion(world.place.catalog.db, 'worse', 2)).toMatchObject({ stage: 'candidate' });
  });
});
