/**
 * Everything that people and archives get wrong, each with its error code, its exit status and a sentence that
 * helps. One stack and one folder of files, good and bad: what is wrong with one stops none of the others.
 */
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { query } from '../../src/catalog/images.js';
import { type Attached, attach } from '../../src/client/attach.js';
import { loadConfig } from '../../src/config/load.js';
import { ERRORS, type ErrorCode } from '../../src/errors.js';
import { loadKeyring } from '../../src/privacy/keyring.js';
import { fileId } from '../../src/privacy/seal.js';
import { writeSamples } from '../../src/samples/write-samples.js';
import { zip } from '../../src/samples/zip.js';
import { fileUri } from '../../src/storage/open.js';
import type { Progress } from '../../src/workflows/steer.js';
import { type Answer, cxrflow } from '../support/catalog/cli.js';
import { type Running, running } from '../support/cli.js';
import { tinyModel } from '../support/onnx.js';

const NAME = 'HOLLOWAY^AMBROSE';
const root = mkdtempSync(join(tmpdir(), 'cxrflow-bad-'));
const source = join(root, 'nas');
const env: Record<string, string> = {
  CXRFLOW_DATA: join(root, 'data'),
  CXRFLOW_KEYRING: join(root, 'keyring.json'),
  CXRFLOW_CONFIG: join(root, 'site.yaml'),
  DATABASE_URL: '',
  TEMPORAL_ADDRESS: '',
  CXRFLOW_STORAGE: '',
};
const CONFIG = `
ingest: { minAge: 0s, maxFailureRate: 1 }
retry: { window: 2s, first: 200ms, longest: 1s }
limits: { file: 3MiB, zip: { archive: 64MiB, entries: 50, entry: 4MiB, total: 16MiB, ratio: 100 } }
`;
/** Root may read everything: without these capabilities permissions hold for it, too. */
const ORDINARY =
  process.getuid?.() === 0 ? ['setpriv', '--bounding-set', '-dac_override,-dac_read_search'] : [];

let up: Running;
let place: Attached;
let films: readonly Buffer[];
let first: Record<string, number>;

const run = (...args: string[]): Promise<Answer> => cxrflow([...args, '--json'], env);
const ingest = (...sets: string[]) => run('start', 'ingest', '--wait', '--set', ...sets);

/** The answer is this error, says what to do, and names nothing that may name a patient. */
function refused(answer: Answer, code: ErrorCode, exit = ERRORS[code].kind === 'input' ? 2 : 1): void {
  expect(answer.json, answer.stderr).toMatchObject({ error: { code } });
  expect(answer.code).toBe(exit);
  const { error } = answer.json as { error: { message: string; hint: string } };
  expect(error.message.length).toBeGreaterThan(10);
  expect(error.hint.length).toBeGreaterThan(10);
  quiet(answer);
}

function quiet({ stdout, stderr }: Pick<Answer, 'stdout' | 'stderr'>): void {
  expect(stdout + stderr).not.toContain(NAME);
  expect(stdout + stderr).not.toMatch(/HOLLOWAY|at .*\.js:\d+/);
}

/** A name of the source may be any bytes. */
function put(name: string | Buffer, bytes: Uint8Array): void {
  const path = Buffer.concat([Buffer.from(`${source}/`), Buffer.from(name)]);
  mkdirSync(dirname(path.toString('latin1')), { recursive: true });
  writeFileSync(path, bytes);
}

/** Ledger row of a file, or of a member: `archive.zip!/name`. */
async function row(key: string | Buffer) {
  const { pathKey } = loadKeyring(env, { mayCreate: false });
  const id = fileId(pathKey, fileUri(source), key);
  return await place.catalog.db
    .selectFrom('files')
    .select(['state', 'code', 'reason', 'file_id', 'image_count'])
    .where('file_id', '=', id)
    .executeTakeFirst();
}

async function quarantined(key: string, code: ErrorCode): Promise<void> {
  const file = await row(key);
  expect(file).toMatchObject({ state: 'quarantined', code });
  expect(file?.reason).toContain(ERRORS[code].message);
  expect(file?.reason).not.toMatch(/HOLLOWAY|MRN/);
}

/** The film with other values in its last pixels; samples of this syntax end the file. */
function otherPixels(film: Buffer): Buffer {
  const other = Buffer.from(film);
  for (let i = 1; i <= 64; i++) other[other.length - i] = (other[other.length - i] as number) ^ 1;
  return other;
}

function replaced(film: Buffer, from: string, to: string): Buffer {
  expect(to.length).toBe(from.length);
  expect(film.includes(from)).toBe(true);
  return Buffer.from(film.toString('latin1').replaceAll(from, to), 'latin1');
}

const textAt = (film: Buffer, tag: readonly number[]): string => {
  const at = film.indexOf(Buffer.from(tag));
  const length = film.readUInt16LE(at + 6);
  return film.toString('latin1', at + 8, at + 8 + length).replace(/[\0 ]+$/, '');
};
const PATIENT_ID = [0x10, 0x00, 0x20, 0x00, 0x4c, 0x4f];
const SOP_UID = [0x08, 0x00, 0x18, 0x00, 0x55, 0x49];
const PIXELS = [0xe0, 0x7f, 0x10, 0x00];

/** A film of the same study with an identity of its own. */
let made = 0;
function anew(film: Buffer): Buffer {
  const uid = textAt(film, SOP_UID);
  return otherPixels(replaced(film, uid, `${uid.slice(0, -4)}${1000 + made++}`));
}

beforeAll(async () => {
  writeFileSync(env.CXRFLOW_CONFIG as string, CONFIG);
  const samples = join(root, 'samples');
  const { files } = await writeSamples(samples, {
    studies: 18,
    extras: false,
    laterals: false,
    size: { rows: 320, columns: 256 },
  });
  films = files.map(({ path }) => readFileSync(join(samples, path)));
  // Explicit little endian, one study each.
  const [plain = Buffer.alloc(0), , , another = Buffer.alloc(0)] = films;
  const folder = `${NAME}/2024`;
  put(`${folder}/good.dcm`, plain);
  put(`${folder}/copy of good.dcm`, plain);
  put(`${folder}/zz other pixels.dcm`, otherPixels(plain));
  put(`${folder}/another without extension`, another);
  put(
    `${folder}/zz another patient, same study.dcm`,
    replaced(anew(another), textAt(another, PATIENT_ID), 'MRN0000000'),
  );
  put(`${folder}/zero.dcm`, Buffer.alloc(0));
  put(`${folder}/letter.dcm`, Buffer.from(`Dear ${NAME}, this is a letter and no DICOM file at all.`));
  put(`${folder}/cut.dcm`, plain.subarray(0, plain.length / 2));
  const [, , , , , , , , fifteenBits = Buffer.alloc(0)] = films;
  put(`${folder}/no pixels.dcm`, anew(fifteenBits).subarray(0, fifteenBits.lastIndexOf(Buffer.from(PIXELS))));
  put(`${folder}/huge.dcm`, plain);
  truncateSync(join(source, folder, 'huge.dcm'), 8 * 2 ** 20);
  // Archives. Members carry identities of their own.
  const member = (name: string) => ({ name, bytes: anew(plain) });
  const archive = zip([member('a.dcm'), member('b.dcm')]);
  put(`${folder}/two.zip`, archive);
  put(`${folder}/nested.zip`, zip([member('c.dcm'), { name: 'inner.zip', bytes: archive }]));
  put(`${folder}/bomb.zip`, zip([{ name: 'zeros', bytes: new Uint8Array(3 * 2 ** 20) }]));
  put(`${folder}/big member.zip`, zip([{ name: 'noise', bytes: noise(5 * 2 ** 20) }]));
  put(
    `${folder}/many.zip`,
    zip(Array.from({ length: 60 }, (_, i) => ({ name: `${i}`, bytes: new Uint8Array(1) }))),
  );
  put(`${folder}/climbs.zip`, zip([{ name: '../../../etc/cron.d/x', bytes: plain }]));
  put(`${folder}/absolute.zip`, zip([{ name: '/etc/cron.d/x', bytes: plain }]));
  put(`${folder}/secret.zip`, encrypted(zip([member('d.dcm')])));
  put(`${folder}/broken.zip`, archive.subarray(0, archive.length - 40));
  put(`${folder}/damaged.zip`, damaged(zip([member('e.dcm')])));
  // Names.
  put(`${NAME} with spaces/it's "quoted".dcm`, anew(plain));
  put(`${NAME}/line\nbreak.dcm`, anew(plain));
  put(
    Buffer.concat([Buffer.from('Sch'), Buffer.of(0xf6, 0xff), Buffer.from('nhuber 100%.dcm')]),
    anew(plain),
  );
  // Loops.
  symlinkSync(source, join(source, NAME, 'up'));
  symlinkSync('itself', join(source, NAME, 'itself'));
  symlinkSync(join(root, 'nowhere'), join(source, NAME, 'dangling'));
  // What may not be read.
  put(`${folder}/forbidden.dcm`, anew(plain));
  chmodSync(join(source, folder, 'forbidden.dcm'), 0);
  put(`${NAME}/locked/in.dcm`, anew(plain));
  chmodSync(join(source, NAME, 'locked'), 0);

  up = await running(['up', '--port', '0'], { ...process.env, ...env }, ORDINARY);
  place = await attach(loadConfig({ env: { ...process.env, ...env } }));
  const answer = await ingest(`source=${source}`);
  expect(answer.code, answer.stdout + answer.stderr).toBe(3);
  first = answer.json as Record<string, number>;
}, 400_000);

afterAll(async () => {
  await place?.close();
  if (up?.child.exitCode === null) await up.end('SIGTERM');
  chmodSync(join(source, NAME, 'locked'), 0o700);
  rmSync(root, { recursive: true, force: true });
});

function noise(length: number): Buffer {
  let state = 1;
  return Buffer.from(
    Uint32Array.from({ length: length / 4 }, () => {
      state = Math.imul(state, 1664525) + 1013904223;
      return state;
    }).buffer,
  );
}

/** Bit 0 of the general purpose flags (APPNOTE 4.4.4), in both headers. */
function encrypted(archive: Uint8Array): Buffer {
  const bytes = Buffer.from(archive);
  bytes[6] = (bytes[6] as number) | 1;
  const central = bytes.indexOf(Buffer.from('PK\x01\x02', 'latin1'));
  bytes[central + 8] = (bytes[central + 8] as number) | 1;
  return bytes;
}

function damaged(archive: Uint8Array): Buffer {
  const bytes = Buffer.from(archive);
  bytes.fill(0xff, 2000, 4000);
  return bytes;
}

describe('a file that is wrong', () => {
  const inFolder = (name: string) => `${NAME}/2024/${name}`;

  test.each([
    ['cut.dcm', 'TRUNCATED'],
    ['no pixels.dcm', 'NO_PIXEL_DATA'],
    ['huge.dcm', 'TOO_LARGE'],
    ['zz other pixels.dcm', 'UID_CONFLICT'],
    ['zz another patient, same study.dcm', 'PATIENT_CONFLICT'],
    ['bomb.zip', 'ARCHIVE_BOMB'],
    ['big member.zip', 'ARCHIVE_BOMB'],
    ['many.zip', 'ARCHIVE_BOMB'],
    ['climbs.zip', 'ARCHIVE_UNSAFE'],
    ['absolute.zip', 'ARCHIVE_UNSAFE'],
    ['secret.zip', 'ARCHIVE_ENCRYPTED'],
    ['broken.zip', 'ARCHIVE_INVALID'],
    ['damaged.zip', 'ARCHIVE_INVALID'],
    ['forbidden.dcm', 'UNREADABLE'],
  ] as const)('%s is quarantined as %s', (name, code) => quarantined(inFolder(name), code));

  test('a folder that may not be read is quarantined, and the rest goes on', () =>
    quarantined(`${NAME}/locked/`, 'UNREADABLE'));

  test.each([
    ['zero.dcm', 'EMPTY_FILE'],
    ['letter.dcm', 'NOT_DICOM'],
    ['nested.zip!/inner.zip', 'NESTED_ARCHIVE'],
  ])('%s is ignored as %s', async (name, code) => {
    expect(await row(inFolder(name))).toMatchObject({ state: 'ignored', code });
  });

  test('the same image again is skipped', async () => {
    const states = [await row(inFolder('good.dcm')), await row(inFolder('copy of good.dcm'))];
    expect(states.map((file) => file?.state).sort()).toEqual(['skipped', 'stored']);
    expect(states.map((file) => file?.code)).toContain('DUPLICATE');
  });

  test.each([
    inFolder('another without extension'),
    inFolder('two.zip!/a.dcm'),
    inFolder('two.zip!/b.dcm'),
    inFolder('nested.zip!/c.dcm'),
    `${NAME} with spaces/it's "quoted".dcm`,
    `${NAME}/line\nbreak.dcm`,
    'Sch%F6%FFnhuber 100%25.dcm',
  ])('%j beside them is stored', async (key) => {
    expect(await row(key)).toMatchObject({ state: 'stored' });
  });

  test('loops and links to nowhere are no files', async () => {
    const rows = await place.catalog.db.selectFrom('files').select('file_id').execute();
    for (const name of ['up/', 'up', 'itself', 'dangling'])
      expect(await row(`${NAME}/${name}`)).toBeUndefined();
    // 25 files and folders below the source, and 5 members of the two archives that were opened.
    expect(rows).toHaveLength(25 + 4);
  });

  test('the numbers add up, and one image stands for each', async () => {
    const { found = 0, done = 0, skipped = 0, ignored = 0, quarantined: kept = 0 } = first;
    expect(found).toBe(done + skipped + ignored + kept);
    expect({ done, skipped, ignored, quarantined: kept }).toEqual({
      done: 8,
      skipped: 1,
      ignored: 3,
      quarantined: 15,
    });
    expect(await query(place.catalog.db, {}, { limit: 100 })).toHaveLength(8);
  });

  test('a second run finds as many, and does nothing', async () => {
    const again = await ingest(`source=${source}`);
    expect(again.json).toMatchObject({ found: first.found, done: 0, ignored: 0, quarantined: 0 });
    expect((again.json as { skipped: number }).skipped).toBe(first.found);
    expect(again.code).toBe(0);
    expect(await query(place.catalog.db, {}, { limit: 100 })).toHaveLength(8);
  });

  test('what is shown of one says what helps, and no path', async () => {
    const file = await row(inFolder('cut.dcm'));
    const shown = await run('quarantine', 'show', file?.file_id ?? '');
    expect(shown.json).toMatchObject({ code: 'TRUNCATED', hint: ERRORS.TRUNCATED.hint });
    quiet(shown);
  });

  test('neither the lists nor the log name anybody', async () => {
    quiet(await run('quarantine', 'list'));
    expect(up.stderr()).not.toMatch(/HOLLOWAY|nhuber/);
  });

  test('mended and tried again it is stored', async () => {
    chmodSync(join(source, inFolder('forbidden.dcm')), 0o600);
    chmodSync(join(source, NAME, 'locked'), 0o700);
    const retried = await run('quarantine', 'retry', '--code', 'UNREADABLE', '--start');
    expect(retried).toMatchObject({ code: 0, json: { marked: 2, started: [{ source: fileUri(source) }] } });
    const [{ workflowId }] = (retried.json as { started: [{ workflowId: string }] }).started;
    expect(await place.client.workflow.getHandle(workflowId).result()).toMatchObject({
      done: 2,
      quarantined: 0,
    });
    expect(await row(inFolder('forbidden.dcm'))).toMatchObject({ state: 'stored' });
    expect(await row(`${NAME}/locked/in.dcm`)).toMatchObject({ state: 'stored' });
  });
});

describe('a file that moves', () => {
  test('gone before it is read it is skipped, and back again stored', async () => {
    const folder = join(root, 'moving');
    mkdirSync(folder);
    for (const n of [9, 10, 11, 12]) writeFileSync(join(folder, `${n}.dcm`), films[n] ?? '');
    const { json } = await run(
      'start',
      'ingest',
      '--set',
      `source=${folder}`,
      'shardSize=1',
      'concurrency=1',
      'pace.filesPerSecond=0.5',
    );
    const handle = place.client.workflow.getHandle((json as { workflowId: string }).workflowId);
    await vi.waitFor(
      async () => expect((await handle.query<Progress>('progress')).listing?.state).toBe('done'),
      { timeout: 30_000, interval: 50 },
    );
    renameSync(join(folder, '12.dcm'), join(root, 'away.dcm'));
    expect(await handle.result()).toMatchObject({ found: 4, done: 3, skipped: 1, quarantined: 0 });
    renameSync(join(root, 'away.dcm'), join(folder, '12.dcm'));
    expect((await ingest(`source=${folder}`)).json).toMatchObject({ found: 4, done: 1, skipped: 3 });
  });
});

describe('a source that is wrong', () => {
  test('an empty folder is done at once', async () => {
    mkdirSync(join(root, 'empty'));
    const answer = await ingest(`source=${join(root, 'empty')}`);
    expect(answer).toMatchObject({ code: 0, json: { found: 0, done: 0 } });
  });

  test.each([
    ['a share that is not mounted', () => join(root, 'not there')],
    ['a file', () => join(source, NAME, '2024', 'zero.dcm')],
    [
      'a folder that may not be read',
      () => {
        mkdirSync(join(root, 'closed'));
        chmodSync(join(root, 'closed'), 0);
        return join(root, 'closed');
      },
    ],
  ])('%s: the run pauses and says why', async (_, folder) => {
    const answer = await ingest(`source=${folder()}`);
    const { workflowId, paused } = answer.json as {
      workflowId: string;
      paused: { code: string; message: string };
    };
    expect(paused.code).toBe('SOURCE_UNREADABLE');
    expect(paused.message).toContain(ERRORS.SOURCE_UNREADABLE.message);
    expect(answer.code).toBe(4);
    expect(answer.stderr).toContain(`cxrflow resume ${workflowId}`);
    quiet(answer);
    await place.client.workflow.getHandle(workflowId).terminate();
  });

  test('credentials in its URL are refused before they reach the history', async () => {
    const before = await count();
    const answer = await ingest('source=s3://reader:hunter2@host/bucket');
    refused(answer, 'CREDENTIALS_IN_URL');
    expect(answer.stdout + answer.stderr).not.toContain('hunter2');
    expect(await count()).toBe(before);
  });

  test('credentials in its URL are refused by the workflow, too', async () => {
    const handle = await place.client.workflow.start('ingest', {
      workflowId: 'with-credentials',
      taskQueue: 'cxrflow',
      args: [{ source: 's3://reader:hunter2@host/bucket' }],
    });
    await expect(handle.result()).rejects.toMatchObject({ cause: { type: 'CREDENTIALS_IN_URL' } });
  });

  test('a name that is not configured is refused', async () =>
    refused(await ingest('source=pacs-7'), 'BAD_INPUT'));

  test('a second run on it is refused, and names the one that works', async () => {
    const folder = join(root, 'busy');
    mkdirSync(folder);
    for (const n of [5, 6, 7, 8]) writeFileSync(join(folder, `${n}.dcm`), films[n] ?? '');
    const slow = await run(
      'start',
      'ingest',
      '--set',
      `source=${folder}`,
      'shardSize=1',
      'concurrency=1',
      'pace.filesPerSecond=0.2',
    );
    const { workflowId } = slow.json as { workflowId: string };
    const handle = place.client.workflow.getHandle(workflowId);
    await vi.waitFor(
      async () => expect((await handle.query<Progress>('progress')).listing?.state).toBe('done'),
      { timeout: 30_000, interval: 50 },
    );
    const second = await ingest(`source=${folder}`);
    refused(second, 'SOURCE_BUSY');
    expect(second.stderr).toContain(workflowId);
    await handle.cancel();
    await expect(handle.result()).rejects.toThrow();
    expect(await ingest(`source=${folder}`)).toMatchObject({ code: 0, json: { found: 4, quarantined: 0 } });
  });
});

describe('what a user types', () => {
  test('an unknown type', async () => refused(await run('start', 'ingets'), 'BAD_INPUT'));

  test('an unknown type, by another client, fails and is not tried for ever', async () => {
    const handle = await place.client.workflow.start('ingets', {
      workflowId: 'unknown-type',
      taskQueue: 'cxrflow',
      args: [{}],
    });
    await expect(handle.result()).rejects.toMatchObject({ cause: { type: 'BAD_INPUT' } });
  });

  test.each([
    ['no value', 'source'],
    ['an unknown field', 'sauce=nas'],
    ['a number out of range', 'shardSize=0'],
    ['a wrong type', 'rehash=perhaps'],
    ['a wrong inner field', 'pace.hours=evening'],
  ])('--set with %s', async (_, set) => refused(await ingest(set), 'BAD_INPUT'));

  test('--input that is no JSON', async () =>
    refused(await run('start', 'ingest', '--input', '{source}'), 'BAD_INPUT'));

  test('an unknown profile', async () =>
    refused(await ingest(`source=${source}`, 'profile=hospital'), 'BAD_PROFILE'));

  test.each([
    ['is no ONNX', () => Buffer.from('a pickle')],
    ['has another shape', () => tinyModel({ features: 3 })],
  ])('a quality model that %s fails the run before anything is read', async (_, bytes) => {
    const path = join(root, 'model.onnx');
    writeFileSync(path, bytes());
    const before = await place.catalog.db.selectFrom('files').select('file_id').execute();
    const folder = join(root, 'moving');
    refused(
      await ingest(`source=${folder}`, `qualityModel=${fileUri(path)}`, 'rehash=true'),
      'MODEL_INVALID',
    );
    expect(await place.catalog.db.selectFrom('files').select('file_id').execute()).toHaveLength(
      before.length,
    );
  });

  test('a configured model that is none refuses the start', async () => {
    const config = join(root, 'model.yaml');
    writeFileSync(config, `preprocess: { qualityModel: ${fileUri(join(root, 'model.onnx'))} }\n`);
    const answer = await cxrflow(
      ['up', '--port', '0', '--data', join(root, 'other'), '--config', config, '--json'],
      {
        ...env,
        CXRFLOW_KEYRING: join(root, 'other.json'),
      },
    );
    refused(answer, 'MODEL_INVALID');
  });

  test('a data folder in use', async () => refused(await run('up', '--port', '0'), 'DATA_IN_USE'));

  test('another key on the same data', async () => {
    const keyring = join(root, 'other-keyring.json');
    await cxrflow(['keys', 'create', '--json'], { ...env, CXRFLOW_KEYRING: keyring });
    const { pathKey } = loadKeyring(env, { mayCreate: false });
    const id = fileId(pathKey, fileUri(source), `${NAME}/2024/cut.dcm`);
    const wrong = { ...env, CXRFLOW_KEYRING: keyring };
    refused(
      await cxrflow(['quarantine', 'show', id, '--reveal', '--reason', 'to look', '--json'], wrong),
      'KEY_MISMATCH',
    );
    refused(await cxrflow(['worker', '--queues', 'cpu', '--json'], wrong), 'KEY_MISMATCH');
  });
});

async function count(): Promise<number> {
  let runs = 0;
  for await (const _ of place.client.workflow.list()) runs++;
  return runs;
}

test('a path is revealed for a reason only, and that is recorded', async () => {
  const { pathKey } = loadKeyring(env, { mayCreate: false });
  const id = fileId(pathKey, fileUri(source), `${NAME}/2024/cut.dcm`);
  refused(await run('quarantine', 'show', id, '--reveal'), 'REASON_REQUIRED');
  const shown = await run('quarantine', 'show', id, '--reveal', '--reason', 'ask the sender');
  expect(shown.json).toMatchObject({ path: `${NAME}/2024/cut.dcm` });
  const reveals = await place.catalog.db.selectFrom('reveals').selectAll().execute();
  expect(reveals).toMatchObject([{ file_id: id, reason: 'ask the sender', what: 'path' }]);
  unlinkSync(join(source, NAME, '2024', 'cut.dcm'));
});
