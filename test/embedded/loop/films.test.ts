/** From films to the next model, with what ships: ingest, a dataset, the built-in trainer, no Python and no GPU. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { modelVersion } from '../../../src/catalog/models.js';
import { writeDetectionSamples } from '../../../src/samples/write-detection-samples.js';
import { fileUri } from '../../../src/storage/open.js';
import { makeWorld, type World } from '../../support/loop/world.js';

let world: World;
beforeAll(async () => {
  world = await makeWorld();
});
afterAll(() => world.close());

test('films are ingested, a dataset is made of them, and the model that learns more from production is promoted', async () => {
  const folder = join(world.folder, 'films');
  mkdirSync(folder);
  const samples = await writeDetectionSamples(folder, {
    images: 160,
    readers: 1,
    size: { rows: 208, columns: 168 },
  });
  expect(await world.run('ingest', { source: fileUri(samples.images) })).toMatchObject({
    found: 160,
    quarantined: 0,
  });
  const destination = fileUri(join(world.folder, 'data', 'objects', 'films'));
  expect(
    await world.run('detectionDataset', {
      boxes: fileUri(samples.boxes),
      images: fileUri(samples.images),
      patients: fileUri(samples.patients),
      destination,
      version: 'v1.0',
      annotators: 'R1',
      burnedIn: 'keep',
      splits: { training: 50, validation: 40, test: 5, canary: 30, production: 35 },
    }),
  ).toMatchObject({ found: 160, quarantined: 0 });

  // A first model that has hardly been trained: on this set there is a lot to gain.
  const subject = { dataset: destination, model: 'films', trainer: 'builtin', seed: 3 };
  const first = await world.run('feedbackRetrain', { ...subject, minFeedback: 0, params: { epochs: 1 } });
  expect(first).toMatchObject({
    promoted: true,
    decision: { code: 'FIRST_MODEL' },
    candidate: { model: 'films@v1' },
  });

  expect(
    await world.run('onlineSimulation', { dataset: destination, model: 'films', load: [2, 3, 2] }),
  ).toMatchObject({
    found: 35,
    done: 35,
    quarantined: 0,
  });
  const second = await world.run('feedbackRetrain', { ...subject, confidence: 0.5 });
  writeFileSync(join(world.folder, 'second.json'), JSON.stringify(second));
  expect(second).toMatchObject({ found: 35, done: 35, waiting: 35, candidate: { model: 'films@v2' } });
  const { candidate, production } = second.evaluation as Record<
    'candidate' | 'production',
    { metric: string; validation: { score: number }; canary: { score: number } }
  >;
  expect(candidate.metric).toBe('AUC');
  expect(candidate.validation.score).toBeGreaterThan(production.validation.score + 0.05);
  expect(second).toMatchObject({ promoted: true, decision: { code: 'BETTER' } });
  expect(await modelVersion(world.place.catalog.db, 'films')).toMatchObject({
    version: 2,
    parent: 'films@v1',
  });
});
