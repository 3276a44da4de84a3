/** From films to the next model, with what ships: ingest, a dataset, the built-in trainer, no Python and no GPU. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { versionsOfPatient } from '../../src/catalog/dataset-versions.js';
import { query } from '../../src/catalog/images.js';
import { modelVersion } from '../../src/catalog/models.js';
import { readOnnx } from '../../src/models/onnx-file.js';
import { headOf, withHead } from '../../src/models/onnx-head.js';
import { writeDetectionSamples } from '../../src/samples/write-detection-samples.js';
import { fileUri } from '../../src/storage/open.js';
import { makeWorld, type World } from '../support/loop/world.js';

let world: World;
beforeAll(async () => {
  world = await makeWorld(
    (folder) => `sources: { films: { uri: ${fileUri(join(folder, 'films/images'))}, issuer: HERE } }\n`,
  );
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
  expect(await world.run('ingest', { source: 'films' })).toMatchObject({
    found: 160,
    quarantined: 0,
  });
  const destination = fileUri(join(world.folder, 'data', 'objects', 'films'));
  expect(
    await world.run('detectionDataset', {
      boxes: fileUri(samples.boxes),
      images: 'films',
      destination,
      version: 'v1.0',
      annotators: 'R1',
      burnedIn: 'keep',
      splits: { training: 50, validation: 40, test: 5, canary: 30, production: 35 },
    }),
  ).toMatchObject({ found: 160, quarantined: 0 });

  // The first model guesses: whatever is learnt from the films is much better.
  const yaml = readFileSync(join(world.folder, 'data/objects/films/v1.0/organized/data.yaml'), 'utf8');
  const classes = Object.values((parse(yaml) as { names: Record<string, string> }).names);
  const guesses = world.file('guesses.onnx', guessing(classes));
  expect(await world.cli('model', 'register', guesses, '--name', 'films')).toMatchObject({ code: 0 });
  expect(await world.cli('model', 'promote', 'films@v1', '--reason', 'the first')).toMatchObject({ code: 0 });
  const subject = { dataset: destination, model: 'films', trainer: 'builtin', seed: 3 };

  expect(
    await world.run('onlineSimulation', { dataset: destination, model: 'films', load: [2, 3, 2] }),
  ).toMatchObject({
    found: 35,
    done: 35,
    quarantined: 0,
  });
  const second = await world.run('feedbackRetrain', {
    ...subject,
    confidence: 0.5,
  });
  expect(second).toMatchObject({ found: 35, done: 35, waiting: 35, candidate: { model: 'films@v2' } });
  const { candidate, production } = second.evaluation as Record<
    'candidate' | 'production',
    { metric: string; validation: { score: number }; canary: { score: number } }
  >;
  expect(candidate.metric).toBe('AUC');
  expect(candidate.validation.score).toBeGreaterThan(production.validation.score + 0.1);
  expect(second).toMatchObject({ promoted: true, decision: { code: 'BETTER' } });
  expect(await modelVersion(world.place.catalog.db, 'films')).toMatchObject({
    version: 2,
    parent: 'films@v1',
  });
});

/** The shipped network with a last layer of arbitrary weights. */
function guessing(classes: readonly string[]): Uint8Array {
  const shipped = readFileSync(new URL('../../models/film-classifier-1.onnx', import.meta.url));
  const weight = Float32Array.from({ length: classes.length * 256 }, (_, i) => Math.sin(i * i) / 16);
  const bias = new Float32Array(classes.length);
  return withHead(shipped, headOf(readOnnx(shipped)), { weight, bias, classes });
}

test('what radiologists corrected is learnt from, but never of a patient who is in canary', async () => {
  const { catalog } = world.place;
  const objects = join(world.folder, 'data', 'objects');
  const stored = await query(catalog.db, { states: ['stored'] }, { limit: 500 });
  const withSplit = await Promise.all(
    stored.map(async (image) => ({
      image,
      splits: (await versionsOfPatient(catalog.db, image.patient)).map(({ split }) => split),
    })),
  );
  const inCanary = withSplit.find(({ splits }) => splits.includes('canary'))?.image;
  const inProduction = withSplit.find(({ splits }) => splits.includes('production'))?.image;
  if (!inCanary || !inProduction) throw new Error('the patients of ingest and dataset do not meet');
  const pair = [inCanary, inProduction];
  const feedback = join(objects, 'from-the-service');
  mkdirSync(feedback);
  const unsure = pair.map(({ image_id }) => ({ image_id, class_id: 7, confidence: 0.2, bbox: [1, 1, 9, 9] }));
  writeFileSync(join(feedback, 'today.json'), JSON.stringify(unsure));
  mkdirSync(join(objects, 'annotations'));
  const boxes = pair.map(({ image_id }) => `${image_id},Cardiomegaly,3,R1,20,40,100,150`);
  writeFileSync(
    join(objects, 'annotations', 'today.csv'),
    ['image_id,class_name,class_id,rad_id,x_min,y_min,x_max,y_max', ...boxes, ''].join('\n'),
  );
  expect(await world.run('annotations', {})).toMatchObject({ done: 2, quarantined: 0 });
  const result = await world.run('feedbackRetrain', {
    dataset: fileUri(join(objects, 'films')),
    model: 'films',
    trainer: 'builtin',
    feedback: fileUri(feedback),
    newVersion: 'corrected',
    params: { epochs: 1 },
  });
  expect(result).toMatchObject({
    selection: { selected: 1, corrections: 1, left: { PROTECTED_PATIENT: 1 } },
    version: { version: 'corrected' },
  });
  const { image_id: id } = inProduction;
  const csv = readFileSync(join(objects, 'films/corrected/retrain.csv'), 'utf8').trim().split('\n');
  expect(csv.slice(1)).toEqual([`${id},Cardiomegaly,3,radiologist,20,40,100,150,1,correction`]);
  const labels = readFileSync(join(objects, `films/corrected/organized/retrain/labels/${id}.txt`), 'utf8');
  const [classId, x, y, w, h] = labels.trim().split(' ').map(Number) as [
    number,
    number,
    number,
    number,
    number,
  ];
  const { columns, rows } = inProduction;
  expect(classId).toBe(3);
  expect([(x - w / 2) * columns, (y - h / 2) * rows, w * columns, h * rows].map(Math.round)).toEqual([
    20, 40, 80, 110,
  ]);
});
