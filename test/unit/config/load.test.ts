import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { loadConfig, publicConfig } from '../../../src/config/load.js';
import { CxrError } from '../../../src/errors.js';

const folder = mkdtempSync(join(tmpdir(), 'cxrflow-config-'));
let files = 0;
function fileOf(content: unknown): string {
  const path = join(folder, `config-${files++}.yaml`);
  writeFileSync(path, typeof content === 'string' ? content : stringify(content));
  return path;
}
const load = (content: unknown, env: NodeJS.ProcessEnv = {}) =>
  loadConfig({ file: fileOf(content), env, cwd: '/somewhere' });
function refusal(content: unknown, env: NodeJS.ProcessEnv = {}): CxrError {
  try {
    load(content, env);
  } catch (error) {
    if (error instanceof CxrError) return error;
    throw error;
  }
  throw new Error('the configuration was taken');
}

describe('layers', () => {
  test('nothing given: the documented defaults, storage inside the data folder', () => {
    const config = loadConfig({ env: {}, cwd: '/somewhere' });
    expect(config.data).toBe('/somewhere/data');
    expect(config.storage.root).toBe('file:///somewhere/data/objects');
    expect(config.ingest).toMatchObject({
      shardSize: 400,
      minAge: 60_000,
      maxFailureRate: 0.05,
      profile: 'research',
    });
    expect(config.retry.window).toBe(600_000);
    expect(config.limits.file).toBe(2 ** 30);
    expect(config.secrets.databases).toEqual({});
  });

  test('the environment is over the file, the file over the defaults', () => {
    const file = { data: '/from-file', store: { maxImages: 10 }, temporal: { namespace: 'file' } };
    const config = load(file, { CXRFLOW_DATA: '/from-env', TEMPORAL_NAMESPACE: '' });
    expect(config.data).toBe('/from-env');
    expect(config.store).toMatchObject({ maxImages: 10, prefix: 'images' });
    expect(config.temporal.namespace).toBe('file');
  });

  test('--data is over the environment', () => {
    expect(loadConfig({ env: { CXRFLOW_DATA: '/env' }, data: 'mine', cwd: '/x' }).data).toBe('/x/mine');
  });

  test('a path belongs to the folder of the file it stands in, a plain path to a source is a file URI', () => {
    const config = load({ data: 'd', sources: { nas: { uri: 'films & co' }, s3: { uri: 's3://b/p' } } });
    expect(config.data).toBe(join(folder, 'd'));
    expect(config.sources.nas?.uri).toBe(`file://${folder}/films%20&%20co`);
    expect(config.sources.s3?.uri).toBe('s3://b/p');
  });

  test('null takes a key away', () => {
    expect(load({ databases: { pacs: null } }).databases).not.toHaveProperty('pacs');
  });
});

describe('refusals', () => {
  test('every error is listed at once, with key, what came and what was expected', () => {
    const error = refusal({
      ingest: { shardSize: 4000, minAge: 'soon', selekt: 'all', select: 'some' },
      queues: { gpu: { slots: 'many' } },
      schedules: [
        { id: 'a', type: 'ingest' },
        { id: 'b', type: 'nightly', cron: '0 1 * * *' },
      ],
    });
    expect(error.code).toBe('BAD_CONFIG');
    expect(error.detail).toContain('ingest.shardSize: got 4000, expected a whole number from 1 to 400');
    expect(error.detail).toContain('ingest.minAge: got "soon", expected a duration');
    expect(error.detail).toContain('ingest.selekt: unknown key');
    expect(error.detail).toContain('ingest.select: got "some", expected films, all');
    expect(error.detail).toContain('queues.gpu.slots: got "many"');
    expect(error.detail).toContain('schedules.0: got a section, expected either cron or every');
    expect(error.detail).toContain('schedules.1.type: got "nightly", expected one of ingest,');
    expect(error.detail?.split('\n')).toHaveLength(1 + 7);
  });

  test('a value from the environment is refused under its variable', () => {
    expect(refusal({}, { TEMPORAL_ADDRESS: 'nowhere' }).detail).toContain(
      'temporal.address (TEMPORAL_ADDRESS)',
    );
  });

  test.each([
    ['s3://user:pw-51@bucket/x', { storage: { root: 's3://user:pw-51@bucket/x' } }],
    ['source', { sources: { nas: { uri: 'gs://pw-51@bucket' } } }],
    ['signed', { preprocess: { qualityModel: 's3://b/m.onnx?X-Amz-Signature=pw-51' } }],
    [
      'schedule',
      { schedules: [{ id: 'a', type: 'ingest', every: '1h', input: { source: 'http://u:pw-51@h/' } }] },
    ],
  ])('credentials in a URL: %s', (_name, content) => {
    const error = refusal(content);
    expect(error.code).toBe('CREDENTIALS_IN_URL');
    expect(error.message).not.toContain('pw-51');
  });

  test('a secret written into the file is refused and not repeated', () => {
    const error = refusal({ databases: { pacs: { url: 'postgres://u:pw-51@db/pacs' } } });
    expect(error.detail).toContain('databases.pacs.url: a secret has no place in the file');
    expect(error.message).not.toContain('pw-51');
  });

  test('a file that is no YAML is refused by line, without its text', () => {
    const error = refusal('storage:\n  root: "s3://x\n  pw-51: [');
    expect(error.code).toBe('BAD_CONFIG');
    expect(error.detail).toMatch(/line \d+: not YAML/);
    expect(error.message).not.toContain('pw-51');
  });

  test('a missing file is refused', () => {
    expect(() => loadConfig({ file: '/nowhere/x.yaml', env: {} })).toThrow(/cannot be read \(ENOENT\)/);
  });

  test('whatever is put under a key that may be secret, its text is not in the error', () => {
    const keys = [
      'storage.root',
      'sources.nas.uri',
      'databases.pacs.urlFrom',
      'temporal.apiKeyFrom',
      'storage.s3.endpoint',
    ];
    const marked = fc.string({ minLength: 1, maxLength: 30 }).map((s) => `§${s}§`);
    fc.assert(
      fc.property(fc.constantFrom(...keys), marked, (key, value) => {
        const tree = key.split('.').reduceRight<unknown>((inner, part) => ({ [part]: inner }), value);
        try {
          load(tree);
        } catch (error) {
          expect(String(error)).not.toContain(value);
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe('secrets', () => {
  const secretFile = join(folder, 'pacs-url');
  writeFileSync(secretFile, 'postgres://u:from-file@db/pacs\n');

  test('come from variables and files, and stay out of what is printed', () => {
    const env = { DATABASE_URL: 'postgres://u:pw-51@db/c', S3_ACCESS_KEY: 'pw-52', S3_SECRET_KEY: 'pw-53' };
    const config = load({ databases: { pacs: { urlFrom: null, urlFile: secretFile } } }, env);
    expect(config.secrets.databases.catalog?.reveal()).toBe('postgres://u:pw-51@db/c');
    expect(config.secrets.databases.pacs?.reveal()).toBe('postgres://u:from-file@db/pacs');
    expect(config.secrets.s3SecretKey?.reveal()).toBe('pw-53');
    expect(JSON.stringify(config)).not.toMatch(/pw-5|from-file/);
    expect(publicConfig(config).settings).not.toHaveProperty('secrets');
  });

  test('a secret file that is not there is an error', () => {
    expect(refusal({ alerts: { urlFile: '/nowhere/alert' } }).detail).toContain(
      'alerts.urlFile: the file cannot be read',
    );
  });
});

describe('publicConfig', () => {
  test('the hash depends on values, not on the order of keys or on secrets', () => {
    const one = publicConfig(load({ store: { prefix: 'a', maxImages: 5 } }));
    const two = publicConfig(
      load({ store: { maxImages: 5, prefix: 'a' } }, { DATABASE_URL: 'postgres://x' }),
    );
    const other = publicConfig(load({ store: { maxImages: 6, prefix: 'a' } }));
    expect(one.hash).toMatch(/^[0-9a-f]{64}$/);
    expect(two.hash).toBe(one.hash);
    expect(other.hash).not.toBe(one.hash);
  });

  test('survives JSON unchanged: it goes through a history', () => {
    const { settings } = publicConfig(load({}));
    expect(JSON.parse(JSON.stringify(settings))).toEqual(settings);
  });
});
