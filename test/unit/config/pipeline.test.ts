import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadPipeline } from '../../../src/config/pipeline.js';
import { isCxrError } from '../../../src/errors.js';

const folder = mkdtempSync(join(tmpdir(), 'cxrflow-pipeline-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(text: string): string {
  const path = join(folder, 'pipeline.yaml');
  writeFileSync(path, text);
  return path;
}

function refused(run: () => unknown) {
  try {
    run();
  } catch (error) {
    if (isCxrError(error)) return { code: error.code, detail: error.detail ?? '' };
    throw error;
  }
  return { code: 'nothing thrown', detail: '' };
}

describe('loadPipeline', () => {
  it('has the defaults of SPEC: 224 x 224, min-max by image, grey, no flip, nothing that is off', () => {
    const { settings } = loadPipeline();
    expect(settings).toMatchObject({
      order: ['resize', 'normalise', 'colour', 'augment', 'denoise', 'features', 'flatten', 'batch'],
      resize: { enabled: true, width: 224, height: 224, fit: 'stretch', antialias: true },
      normalise: { enabled: true, method: 'min-max', scope: 'image' },
      colour: { enabled: true, to: 'grey' },
      augment: { flip: false },
      denoise: { enabled: false },
      features: { enabled: false },
      flatten: { enabled: false },
      classes: { NORMAL: 0, PNEUMONIA: 1 },
      output: { formats: ['tfrecord', 'parquet'], shardSize: 128 * 2 ** 20 },
    });
  });

  it('lays a file over the defaults and the input over the file', () => {
    const path = file('resize: { width: 64, height: 48 }\noutput: { shardSize: 1MiB }\n');
    const { settings } = loadPipeline({
      file: path,
      steps: { resize: { height: 32 }, augment: { copies: 2 } },
    });
    expect(settings.resize).toMatchObject({ width: 64, height: 32, fit: 'stretch' });
    expect(settings.augment.copies).toBe(2);
    expect(settings.output.shardSize).toBe(2 ** 20);
  });

  it('takes classes as one', () => {
    expect(loadPipeline({ file: file('classes: { COVID: 0 }') }).settings.classes).toEqual({ COVID: 0 });
  });

  it('has one hash for what does the same', () => {
    const { hash } = loadPipeline();
    expect(loadPipeline({ steps: { resize: { width: 224 } } }).hash).toBe(hash);
    expect(loadPipeline({ steps: { resize: { width: 225 } } }).hash).not.toBe(hash);
  });

  it('lists every key that is wrong at once', () => {
    const wrong = {
      order: ['resize', 'normalise'],
      resize: { width: 0, fit: 'crop', colour: 1 },
      augment: { brightness: 2, flip: 'yes' },
      denoise: { size: 4 },
      features: { range: [1, 0] },
      output: { formats: [], shardSize: 12 },
    };
    const keys = [
      'order',
      'resize.width',
      'resize.fit',
      'resize.colour',
      'augment.brightness',
      'augment.flip',
      'denoise.size',
      'features.range',
      'output.formats',
      'output.shardSize',
    ];
    const input = refused(() => loadPipeline({ steps: wrong }));
    expect(input.code).toBe('BAD_INPUT');
    for (const key of keys) expect(input.detail).toContain(`steps.${key}: `);
    const config = refused(() => loadPipeline({ file: file(JSON.stringify(wrong)) }));
    expect(config.code).toBe('BAD_CONFIG');
    for (const key of keys) expect(config.detail).toContain(`${key}: `);
  });

  it('refuses orders that leave out a step, have one twice, or flatten before others', () => {
    const order = [...loadPipeline().settings.order];
    const swapped = [...order.slice(0, 5), 'flatten', 'features', 'batch'];
    for (const bad of [order.slice(1), [...order.slice(0, 7), 'resize'], swapped, 'resize', [1]])
      expect(refused(() => loadPipeline({ steps: { order: bad } })).code).toBe('BAD_INPUT');
    expect(refused(() => loadPipeline({ steps: 'all' })).code).toBe('BAD_INPUT');
  });
});
