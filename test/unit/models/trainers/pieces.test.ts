import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { trainerEnvironment } from '../../../../src/models/trainers/environment.js';
import { lineSplitter } from '../../../../src/models/trainers/lines.js';
import { readTrainerLine } from '../../../../src/models/trainers/protocol.js';

describe('lines', () => {
  const split = (chunks: readonly Uint8Array[]) => {
    const lines: (string | undefined)[] = [];
    const splitter = lineSplitter((line) => lines.push(line));
    for (const chunk of chunks) splitter.push(Buffer.from(chunk));
    splitter.end();
    return lines;
  };

  it('are the same however the bytes come, also in the middle of a character', () => {
    const text = fc.array(
      fc.string({ unit: 'grapheme' }).map((s) => s.replaceAll(/[\n\r]/g, ' ')),
      { minLength: 1 },
    );
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 7 }), (lines, step) => {
        const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
        const chunks = Array.from({ length: Math.ceil(bytes.length / step) }, (_, i) =>
          bytes.subarray(i * step, (i + 1) * step),
        );
        expect(split(chunks)).toEqual(lines.map((line) => Buffer.from(line).toString('utf8')));
      }),
    );
  });

  it('that never end are dropped, and the next one is read', () => {
    const endless = Array.from({ length: 40 }, () => Buffer.alloc(10_000, 120));
    expect(split([...endless, Buffer.from('\nnext\n')])).toEqual([undefined, 'next']);
  });
});

describe('a line of a trainer', () => {
  it('is never read as something with text in it', () => {
    fc.assert(
      fc.property(fc.json(), (json) => {
        const line = readTrainerLine(json);
        if (line && 'metrics' in line)
          for (const [name, value] of Object.entries(line.metrics)) {
            expect(name).toMatch(/^[A-Za-z0-9_./()@-]{1,40}$/);
            expect(Number.isFinite(value)).toBe(true);
          }
      }),
    );
  });

  it.each([
    [
      '{"type":"progress","epoch":2,"epochs":5,"metrics":{"loss":0.5,"a b":1,"x":"y"}}',
      { epoch: 2, epochs: 5, metrics: { loss: 0.5 } },
    ],
    ['{"type":"progress","epoch":-1}', { epoch: 0, epochs: 0, metrics: {} }],
    ['{"type":"result"}', { model: 'model.onnx' }],
    ['{"type":"checkpoint","path":"a.pt"}', { path: 'a.pt', progress: undefined }],
    ['{"type":"log","message":"Doe^John"}', { type: 'log' }],
  ])('%s', (line, expected) => {
    expect(readTrainerLine(line)).toMatchObject(expected);
    expect(JSON.stringify(readTrainerLine(line))).not.toContain('Doe');
  });

  it.each([
    '',
    'Epoch 1/10',
    '{"type":"checkpoint"}',
    '{"type":"other"}',
    '[1]',
    '{',
    '{"type":"result","model":7}',
  ])('%j is none', (line) => {
    expect(readTrainerLine(line)).toBeUndefined();
  });
});

it('a trainer has no secret of its worker in its environment', () => {
  const env = {
    PATH: '/bin',
    CUDA_VISIBLE_DEVICES: '0',
    PYTHONPATH: '/p',
    DATABASE_URL: 'x',
    S3_SECRET_KEY: 'x',
    CXRFLOW_PSEUDONYM_KEY: 'x',
    GOOGLE_APPLICATION_CREDENTIALS: 'x',
    TEMPORAL_API_KEY: 'x',
    MINE: 'y',
    UNSET: undefined,
  };
  expect(trainerEnvironment(env)).toEqual({ PATH: '/bin', CUDA_VISIBLE_DEVICES: '0', PYTHONPATH: '/p' });
  expect(trainerEnvironment(env, ['MINE', 'UNSET'])).toMatchObject({ MINE: 'y' });
});
