import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cxrflow } from '../../support/catalog/cli.js';
import { classifierModel, detectorModel } from '../../support/onnx-graph.js';

let root: string;
let env: Record<string, string>;
const at = (name: string) => join(root, name);
const model = (...args: readonly string[]) => cxrflow(['model', ...args], env);
async function json(...args: readonly string[]) {
  const { code, stdout } = await model(...args, '--json');
  return { code, json: JSON.parse(stdout) as Record<string, never> & { error?: { code: string } } };
}

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'cxrflow-test-model-'));
  env = {
    CXRFLOW_DATA: at('data'),
    CXRFLOW_PSEUDONYM_KEY: randomBytes(32).toString('hex'),
    DATABASE_URL: '',
  };
  await mkdir(at('data'));
  const size = { width: 64, height: 64 } as const;
  for (const seed of [1, 2])
    await writeFile(
      at(`d${seed}.onnx`),
      detectorModel({ classes: ['a', 'b'], ...size, layout: 'raw', seed }),
    );
  await writeFile(at('c.onnx'), classifierModel({ classes: ['x', 'y'], size: 32 }));
  await writeFile(at('card.md'), '# Nodules\n\nOn generated films.\n');
  await writeFile(at('metrics.json'), '{"map50": 0.5}');
  await writeFile(at('text.onnx'), 'no model');
  await writeFile(at('list.json'), '[1]');
  await writeFile(
    at('declare.json'),
    '{"task": "classify", "prepare": {"fit": "letterbox", "std": [0.5, 0.5, 0.5]}}',
  );
  await writeFile(at('wrong.json'), '{"prepare": {"fit": "tile"}}');
});
afterAll(() => rm(root, { recursive: true, force: true }));

describe('cxrflow model', () => {
  it('registers, promotes, rolls back and shows', async () => {
    const first = await json(
      'register',
      at('d1.onnx'),
      '--name',
      'nodules',
      '--card',
      at('card.md'),
      '--metrics',
      at('metrics.json'),
      '--dataset',
      'v1.0',
    );
    expect(first).toMatchObject({ code: 0, json: { model: 'nodules@v1', added: true } });
    expect(existsSync(fileURLToPath(first.json.uri as unknown as string))).toBe(true);
    const again = await json(
      'register',
      at('d1.onnx'),
      '--name',
      'nodules',
      '--card',
      at('card.md'),
      '--metrics',
      at('metrics.json'),
      '--dataset',
      'v1.0',
    );
    expect(again.json).toMatchObject({ model: 'nodules@v1', added: false });
    const uri = pathToFileURL(at('d2.onnx')).href;
    expect((await json('register', uri, '--name', 'nodules', '--parent', 'nodules@v1')).json).toMatchObject({
      model: 'nodules@v2',
      added: true,
    });
    expect((await json('promote', 'nodules@v1', '--reason', 'first')).json).toMatchObject({
      from: null,
      to: 'nodules@v1',
    });
    expect(
      (await json('promote', 'nodules@v2', '--reason', 'better', '--expected', 'v1')).json,
    ).toMatchObject({
      ...{ from: 'nodules@v1', to: 'nodules@v2', moved: true },
    });
    expect((await json('rollback', 'nodules', '--reason', 'worse')).json).toMatchObject({
      ...{ from: 'nodules@v2', to: 'nodules@v1' },
    });
    const { json: shown } = await json('show', 'nodules');
    expect(shown).toMatchObject({
      ...{ model: 'nodules@v1', stage: 'production', dataset: 'v1.0', metrics: { map50: 0.5 } },
      ...{ card: '# Nodules\n\nOn generated films.\n', declaration: { task: 'detect', classes: ['a', 'b'] } },
      moves: [
        { action: 'rollback', from: 'nodules@v2', to: 'nodules@v1', reason: 'worse' },
        { action: 'promote', from: 'nodules@v1', to: 'nodules@v2', reason: 'better' },
        { action: 'promote', from: null, to: 'nodules@v1', reason: 'first' },
      ],
    });
    const { json: listed } = await json('list', '--stage', 'archived');
    expect(listed.models).toMatchObject([{ model: 'nodules@v2', stage: 'archived', parent: 'nodules@v1' }]);
    const { stdout } = await model('show', 'nodules');
    expect(stdout).toContain('On generated films.');
  });

  it('takes what the file does not say from options or a file', async () => {
    expect((await json('register', at('c.onnx'), '--name', 'film')).json.error?.code).toBe('MODEL_MISMATCH');
    const { json: declared } = await json(
      'register',
      at('c.onnx'),
      '--name',
      'film',
      '--declare',
      at('declare.json'),
      '--classes',
      'no, yes',
    );
    expect(declared.declaration).toMatchObject({
      ...{ task: 'classify', classes: ['no', 'yes'] },
      prepare: { fit: 'letterbox', std: [0.5, 0.5, 0.5], divisor: 255 },
    });
  });

  it.each([
    ['text for a model', ['register', 'text.onnx', '--name', 'a'], 'MODEL_NOT_ONNX'],
    ['a file that is not there', ['register', 'gone.onnx', '--name', 'a'], 'BAD_INPUT'],
    ['a name that is none', ['register', 'd1.onnx', '--name', 'A b'], 'BAD_INPUT'],
    ['a name with a version', ['register', 'd1.onnx', '--name', 'a@v1'], 'BAD_INPUT'],
    [
      'a parent that is not there',
      ['register', 'd1.onnx', '--name', 'a', '--parent', 'b@v1'],
      'MODEL_UNKNOWN',
    ],
    [
      'metrics that are no object',
      ['register', 'd1.onnx', '--name', 'a', '--metrics', 'list.json'],
      'BAD_INPUT',
    ],
    ['a card that is not there', ['register', 'd1.onnx', '--name', 'a', '--card', 'gone.md'], 'BAD_INPUT'],
    [
      'a declaration that is none',
      ['register', 'd1.onnx', '--name', 'a', '--declare', 'wrong.json'],
      'BAD_INPUT',
    ],
    ['a size that is none', ['register', 'd1.onnx', '--name', 'a', '--size', '64'], 'BAD_INPUT'],
    [
      'another size than that of the file',
      ['register', 'd1.onnx', '--name', 'a', '--size', '32x32'],
      'MODEL_MISMATCH',
    ],
    ['a promotion without a version', ['promote', 'nodules', '--reason', 'x'], 'BAD_INPUT'],
    ['a promotion of nothing', ['promote', 'nodules@v9', '--reason', 'x'], 'MODEL_UNKNOWN'],
    [
      'a promotion against another',
      ['promote', 'nodules@v2', '--reason', 'x', '--expected', 'none'],
      'MODEL_MOVED',
    ],
    [
      'an expectation that is none',
      ['promote', 'nodules@v2', '--reason', 'x', '--expected', '1'],
      'BAD_INPUT',
    ],
    ['a rollback to a version', ['rollback', 'nodules@v1', '--reason', 'x'], 'BAD_INPUT'],
  ])('refuses %s', async (_, args, code) => {
    const files = args.map((arg) => (/\.(onnx|json|md)$/.test(arg) ? at(arg) : arg));
    const answer = await json(...files);
    expect(answer).toMatchObject({ code: 2, json: { error: { code } } });
  });

  it('wants a reason, and shows an example', async () => {
    expect(await model('promote', 'nodules@v1')).toMatchObject({ code: 2 });
    for (const verb of ['list', 'show', 'register', 'promote', 'rollback']) {
      const { code, stdout } = await model(verb, '--help');
      expect(code).toBe(0);
      expect(stdout).toContain(`$ cxrflow model ${verb}`);
    }
  });
});
