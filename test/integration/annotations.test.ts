import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client as MinioClient } from 'minio';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { boxes, labels } from '../../src/catalog/annotations.js';
import type { ImageRow } from '../../src/catalog/images.js';
import { readDicom } from '../../src/dicom/read.js';
import { text } from '../../src/dicom/values.js';
import { loadKeyring } from '../../src/privacy/keyring.js';
import { createPseudonyms } from '../../src/privacy/pseudonyms.js';
import { writeSamples } from '../../src/samples/write-samples.js';
import { fileUri, openStore } from '../../src/storage/open.js';
import type { ObjectStore } from '../../src/storage/port.js';
import { running } from '../support/cli.js';
import { type FakeGcs, startFakeGcs } from '../support/servers/fake-gcs.js';
import { type Minio, startMinio } from '../support/servers/minio.js';
import { type Postgres, startPostgres } from '../support/servers/postgres.js';
import { freePort, temporaryFolder } from '../support/servers/process.js';
import { startTemporal, type Temporal } from '../support/servers/temporal.js';
import { makeSite, type Site } from '../support/site.js';

const READERS = ['Dr. Quastenflosser', 'R17-Nebelhorn'];
const HEADER = 'image_id,class_name,class_id,rad_id,x_min,y_min,x_max,y_max';
const folder = temporaryFolder('annotations');
const films = join(folder, 'films');
let temporal: Temporal;
let postgres: Postgres;
let minio: Minio;
let gcs: FakeGcs;
let at: Site;
let stderr: () => string;

/** A stored image, and what the file that it came from is called and says. */
interface Film extends Pick<ImageRow, 'image_id' | 'instance_uid' | 'rows' | 'columns'> {
  readonly path: string;
  readonly uid: string;
}
let known: readonly Film[];

beforeAll(async () => {
  [temporal, postgres, minio, gcs] = await Promise.all([
    startTemporal(),
    startPostgres(),
    startMinio(),
    startFakeGcs(),
  ]);
  const storage = join(folder, 'objects');
  mkdirSync(storage);
  at = await makeSite({
    temporal,
    database: await postgres.createDatabase('annotations'),
    storage: fileUri(storage),
    env: {
      ...{ S3_ENDPOINT: minio.endpoint, S3_ACCESS_KEY: minio.accessKey, S3_SECRET_KEY: minio.secretKey },
      ...{ S3_REGION: 'us-east-1', STORAGE_EMULATOR_HOST: gcs.emulatorHost },
    },
    config: `storage: { sharedFilesystem: true }\nsources: { nas: { uri: ${fileUri(films)} } }\nannotations: { minAge: 0s }\n`,
  });
  ({ stderr } = await at.worker('main,io,cpu,gpu'));
  known = await ingested(films, 31);
}, 240_000);

afterAll(async () => {
  await at?.close();
  await Promise.all([temporal, postgres, minio, gcs].map((server) => server?.stop()));
  rmSync(folder, { recursive: true, force: true });
});

/** Writes films and ingests them. */
async function ingested(dir: string, seed: number, source = 'nas'): Promise<readonly Film[]> {
  const size = { rows: 96, columns: 80 };
  const { files } = await writeSamples(dir, { studies: 8, seed, size, laterals: false, extras: false });
  const { code } = await at.cli('start', 'ingest', '--wait', '--set', `source=${source}`);
  expect(code).toBe(0);
  const { uid: pseudonym } = createPseudonyms(loadKeyring(at.env, { mayCreate: false }).pseudonymKey);
  const rows = await at.catalog.db.selectFrom('images').selectAll().execute();
  return files.map(({ path }) => {
    const uid = text(readDicom(readFileSync(join(dir, path))).dataset, '00080018') ?? '';
    const row = rows.find((image) => image.instance_uid === pseudonym(uid));
    if (row === undefined) throw new Error(`${path} is not stored`);
    return { ...row, path, uid };
  });
}

const film = (i: number): Film => known[i] as Film;
let runs = 0;
const annotate = (source: string): Promise<Record<string, number>> =>
  at.client.workflow.execute('annotations', {
    ...{ workflowId: `annotations-${runs++}`, taskQueue: 'cxrflow', args: [{ source }] },
  });

/** A folder or bucket for deliveries, each with its own name. */
let made = 0;
function inbox(): { dir: string; uri: string; put(name: string, content: string | Uint8Array): void } {
  const dir = join(folder, `inbox${made++}`);
  mkdirSync(dir);
  return { dir, uri: fileUri(dir), put: (name, content) => writeFileSync(join(dir, name), content) };
}

/** What is in effect of a source, without times of runs. */
async function inEffect(source: string) {
  const rows = await at.catalog.db
    .selectFrom('annotations')
    .innerJoin('annotation_files', 'annotation_files.file_id', 'annotations.file_id')
    .selectAll('annotations')
    .where('annotation_files.source', '=', `annotations:${source}`)
    .orderBy('annotations.file_id')
    .orderBy('position')
    .execute();
  return rows.map(({ applied_at, run_id, ...row }) => row);
}

const quarantined = async (source: string) => {
  const { json } = await at.cli('quarantine', 'list', '--source', `annotations:${source}`);
  return (json.files as { code: string; reason: string; fileId: string }[]).map(({ code }) => code).sort();
};

/** One delivery in each format, naming images in every way. */
function deliveries(): Record<string, string> {
  const [a, b, c, d] = [film(0), film(1), film(2), film(3)];
  return {
    'vindr.csv': `${HEADER}\n${a.uid},Cardiomegaly,3,${READERS[0]},1,2,30,40\n${a.uid},No finding,14,${READERS[1]},,,,\n`,
    'labels.csv': `\ufeffimage_id;label;value;reader\r\n${b.instance_uid};Edema;1;${READERS[0]}\r\n${b.image_id};Edema;-1;${READERS[1]}\r\n${b.path};Mass;;\r\n`,
    'one.json': JSON.stringify({
      ...{ image_id: c.path, reader: READERS[0], time: '2024-02-03T04:05:06Z' },
      ...{ boxes: [{ class_id: 8, bbox: [1, 1, 9, 9] }], labels: { NORMAL: 0 } },
    }),
    coco: JSON.stringify({
      images: [{ id: 1, file_name: `${d.instance_uid}.png`, width: d.columns, height: d.rows }],
      categories: [{ id: 1, name: 'Pleural effusion' }],
      annotations: [{ id: 1, image_id: 1, category_id: 1, bbox: [10, 10, 20, 20], reader: READERS[1] }],
    }),
  };
}

describe.each(['file', 's3', 'gs'] as const)('a container on %s', (scheme) => {
  let source: string;
  let store: ObjectStore;
  const names = async () => {
    const found: string[] = [];
    for await (const { key } of store.list()) found.push(key);
    return found.sort();
  };
  beforeAll(async () => {
    if (scheme === 'file') source = inbox().uri;
    else {
      await (scheme === 's3' ? minio : gcs).createBucket('labels');
      source = `${scheme}://labels/deliveries`;
    }
    store = openStore(source, {
      s3: { endpoint: minio.endpoint, accessKey: minio.accessKey, secretKey: minio.secretKey },
      gs: { emulatorHost: gcs.emulatorHost },
    });
  });
  afterAll(() => store?.close());

  test('every format is applied, once, and its file tagged', async () => {
    for (const [name, content] of Object.entries(deliveries())) await store.write(name, Buffer.from(content));
    const first = await annotate(source);
    expect(first).toMatchObject({
      files: 4,
      records: 8,
      applied: 8,
      found: 8,
      done: 8,
      skipped: 0,
      ignored: 0,
      quarantined: 0,
    });
    expect(await names()).toEqual([
      'coco_processed',
      'labels_processed.csv',
      'one_processed.json',
      'vindr_processed.csv',
    ]);
    const said = (await inEffect(source)).map((r) => [r.image_id, r.kind, r.class_name, r.value, r.x_max]);
    expect(said).toHaveLength(8);
    expect(said).toEqual(
      expect.arrayContaining([
        [film(0).image_id, 'box', 'Cardiomegaly', null, 30],
        [film(0).image_id, 'box', 'No finding', null, null],
        [film(1).image_id, 'label', 'Edema', 1, null],
        [film(1).image_id, 'label', 'Edema', -1, null],
        [film(1).image_id, 'label', 'Mass', null, null],
        [film(2).image_id, 'box', 'Nodule/Mass', null, 9],
        [film(2).image_id, 'label', 'NORMAL', 0, null],
        [film(3).image_id, 'box', 'Pleural effusion', null, 30],
      ]),
    );
  });

  test('a second run finds as many, and changes nothing', async () => {
    const before = await inEffect(source);
    const second = await annotate(source);
    expect(second).toMatchObject({
      files: 0,
      records: 0,
      applied: 0,
      found: 8,
      done: 0,
      skipped: 8,
      quarantined: 0,
    });
    expect(await inEffect(source)).toEqual(before);
  });

  test('a corrected file takes the place of what it said before', async () => {
    await store.write(
      'vindr.csv',
      Buffer.from(`${HEADER}\n${film(0).uid},Cardiomegaly,3,${READERS[0]},5,5,31,41\n`),
    );
    expect(await annotate(source)).toMatchObject({ files: 1, records: 1, applied: 1 });
    const boxes = (await inEffect(source)).filter((r) => r.image_id === film(0).image_id);
    expect(boxes).toMatchObject([{ class_name: 'Cardiomegaly', x_min: 5, x_max: 31 }]);
    expect(await names()).toHaveLength(4);
    // A header and no rows takes everything back.
    await store.write('vindr.csv', Buffer.from(`${HEADER}\n`));
    expect(await annotate(source)).toMatchObject({ files: 1, records: 0, applied: 0 });
    expect((await inEffect(source)).filter((r) => r.image_id === film(0).image_id)).toEqual([]);
  });
});

describe('provenance', () => {
  test('says which file, which record, who and when, and the reader is a pseudonym', async () => {
    const { uri, put } = inbox();
    put(
      'a.csv',
      `image_id,label,value,reader,time\n${film(4).uid},Hernia,1,${READERS[0]},2024-02-03 04:05:06\n`,
    );
    put('b.csv', `image_id,label,value,reader\n${film(4).uid},Hernia,0,${READERS[1]}\n`);
    await annotate(uri);
    const found = await labels(at.catalog.db, { imageIds: [film(4).image_id], className: 'Hernia' });
    expect(found.map(({ value, position }) => [value, position])).toEqual(
      expect.arrayContaining([
        [1, 1],
        [0, 1],
      ]),
    );
    expect(new Set(found.map(({ fileId }) => fileId)).size).toBe(2);
    const [one, two] = found.map(({ reader }) => reader);
    expect(one).toMatch(/^R[A-Z2-7]{16}$/);
    expect(one).not.toBe(two);
    expect(found.map(({ readAt }) => readAt)).toContainEqual(new Date('2024-02-03T04:05:06Z'));
  });
});

describe('a record that is wrong', () => {
  test('is quarantined by itself, and the rest is applied', async () => {
    const { uri, put } = inbox();
    const row = (cells: string) => `${film(5).uid},${cells}\n`;
    put(
      'mixed.csv',
      HEADER +
        '\n' +
        row('Cardiomegaly,3,R1,1,2,30,40') +
        row('Cardiomegaly,3,R1,30,2,1,40') +
        row('Cardiomegaly,3,R1,1,2,300,40') +
        row('Blob,,R1,1,2,30,40') +
        row('Cardiomegaly,3,R1,1,NaN,30,40') +
        row('Cardiomegaly,3,R1,1,2,30,40') +
        row('Edema,,R1,1,2') +
        'nobody,Cardiomegaly,3,R1,1,2,30,40\n',
    );
    const counts = { files: 1, records: 8, found: 8, applied: 1, skipped: 1, quarantined: 6 };
    const answer = await at.cli('start', 'annotations', '--wait', '--set', `source=${uri}`);
    expect(answer).toMatchObject({ code: 3, json: counts });
    expect(await quarantined(uri)).toEqual([
      ...['BAD_RECORD', 'BAD_RECORD', 'BOX_OUTSIDE', 'BOX_REVERSED', 'CLASS_UNKNOWN', 'IMAGE_UNKNOWN'],
    ]);
    // Mended, it leaves nothing behind in quarantine.
    put('mixed.csv', `${HEADER}\n${row('Cardiomegaly,3,R1,1,2,30,40')}`);
    expect(await annotate(uri)).toMatchObject({ applied: 1, quarantined: 0 });
    expect(await quarantined(uri)).toEqual([]);
  });

  test.each<[string, string | Uint8Array, string]>([
    ['an empty file', '', 'EMPTY_ANNOTATIONS'],
    ['JSON that is not', '{"image_id":', 'BAD_JSON'],
    ['JSON with NaN', '[{"image_id": "a", "x_min": NaN}]', 'BAD_JSON'],
    ['a table without a column', 'image_id,label,value\na,Edema,1\n', 'MISSING_COLUMNS'],
    ['Latin-1', Buffer.from('image_id,label,value,reader\na,Edema,1,M\xfcller\n', 'latin1'), 'NOT_UTF8'],
    ['an open quote', 'image_id,label,value,reader\n"a,Edema,1,R\n', 'BAD_CSV'],
    ['a line of 8 MB', `image_id,label,value,reader\n${'x'.repeat(8_000_000)}`, 'LINE_TOO_LONG'],
  ])(
    '%s is quarantined whole, with a code and a sentence, and what it said before stays',
    async (_, content, code) => {
      const { uri, put } = inbox();
      put('x.csv', `image_id,label,value,reader\n${film(6).uid},Fracture,1,R\n`);
      await annotate(uri);
      put('x.csv', content);
      const answer = await annotate(uri);
      expect(answer).toMatchObject({ files: 1, applied: 0, quarantined: 1 });
      expect(await quarantined(uri)).toEqual([code]);
      expect(await inEffect(uri)).toMatchObject([{ class_name: 'Fracture' }]);
    },
  );

  test('what is no text at all is ignored', async () => {
    const { uri, put } = inbox();
    put('picture.png', Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 0]));
    expect(await annotate(uri)).toMatchObject({ found: 1, ignored: 1, files: 0 });
  });

  test('a copy of a file is skipped', async () => {
    const { uri, put } = inbox();
    const content = `image_id,label,value,reader\n${film(6).uid},Fracture,1,R\n`;
    put('a.csv', content);
    put('b.csv', content);
    expect(await annotate(uri)).toMatchObject({ applied: 1, skipped: 1 });
  });
});

describe('a record whose image is not there', () => {
  test.each(['quarantine retry', 'the next run'])(
    'waits, and is applied by %s when it has come',
    async (how) => {
      const dir = join(folder, `late-${made}`);
      const seed = 100 + made;
      const { uri, put } = inbox();
      const size = { rows: 96, columns: 80 };
      const { files } = await writeSamples(dir, { studies: 8, seed, size, laterals: false, extras: false });
      const uids = files
        .slice(0, 2)
        .map(({ path }) => text(readDicom(readFileSync(join(dir, path))).dataset, '00080018'));
      put(
        'early.csv',
        `${HEADER}\n${uids[0]},Cardiomegaly,3,R1,1,2,30,40\n${uids[1]},Cardiomegaly,3,R1,1,2,300,40\n`,
      );
      expect(await annotate(uri)).toMatchObject({ applied: 0, quarantined: 2 });
      const images = await ingested(dir, seed, fileUri(dir));
      if (how === 'quarantine retry') {
        const { json } = await at.cli(
          'quarantine',
          'retry',
          '--code',
          'IMAGE_UNKNOWN',
          '--source',
          `annotations:${uri}`,
        );
        expect(json).toMatchObject({ applied: 1, marked: 0 });
        expect(await annotate(uri)).toMatchObject({ found: 2, skipped: 2, applied: 0 });
      } else expect(await annotate(uri)).toMatchObject({ found: 2, applied: 1, skipped: 1 });
      expect(await inEffect(uri)).toMatchObject([{ image_id: images[0]?.image_id, x_max: 30 }]);
      expect(await quarantined(uri)).toEqual(['BOX_OUTSIDE']);
    },
  );

  test('a class that the configuration did not know is read again once it does', async () => {
    const { uri, put } = inbox();
    put('x.csv', `image_id,label,value,reader\n${film(6).uid},Spiculation,1,R\n${film(6).uid},Edema,1,R\n`);
    expect(await annotate(uri)).toMatchObject({ applied: 1, quarantined: 1 });
    const retried = await at.cli('quarantine', 'retry', '--source', `annotations:${uri}`, '--start');
    const [{ workflowId } = { workflowId: '' }] = retried.json.started as { workflowId: string }[];
    const result = await at.client.workflow.getHandle(workflowId).result();
    expect(result).toMatchObject({ files: 1, records: 2, applied: 0, skipped: 1, quarantined: 1 });
    expect(await inEffect(uri)).toHaveLength(1);
  });
});

describe('what a user asks for', () => {
  test.each([
    ['sauce=x', 'BAD_INPUT'],
    ['source=5', 'BAD_INPUT'],
    ['concurrency=0', 'BAD_INPUT'],
    ['source=nowhere', 'BAD_INPUT'],
  ])('%s is refused', async (set, code) => {
    const answer = await at.cli('start', 'annotations', '--wait', '--set', set);
    expect(answer).toMatchObject({ code: 2, json: { error: { code } } });
  });

  test('without a source it is the container in the storage root', async () => {
    expect(await at.cli('start', 'annotations', '--wait')).toMatchObject({ code: 0, json: { found: 0 } });
    await at.objects.write(
      'annotations/x.csv',
      Buffer.from(`image_id,label,value,reader\n${film(7).uid},COPD,1,R\n`),
    );
    expect(await at.cli('start', 'annotations', '--wait')).toMatchObject({ code: 0, json: { applied: 1 } });
    expect(await at.objects.stat('annotations/x_processed.csv')).toBeDefined();
  });

  test('a second run on a source is refused and told who has it', async () => {
    const { uri } = inbox();
    const holding = { source: `annotations:${uri}`, run_id: 'holder/1', workflow_id: 'holder' };
    await at.client.workflow.start('annotations', {
      ...{ workflowId: 'holder', taskQueue: 'nobody-serves-this', args: [{}] },
    });
    const { runId } = await at.client.workflow.getHandle('holder').describe();
    await at.catalog.db
      .insertInto('leases')
      .values({ ...holding, run_id: `holder/${runId}` })
      .execute();
    const answer = await at.cli('start', 'annotations', '--wait', '--set', `source=${uri}`);
    expect(answer.json.error).toMatchObject({ code: 'SOURCE_BUSY' });
    expect(JSON.stringify(answer.json)).toContain('holder');
    await at.client.workflow.getHandle('holder').terminate();
    expect(await annotate(uri)).toMatchObject({ found: 0 });
  });
});

test('neither histories nor logs nor the catalog name an image, a reader or a file as they were given', async () => {
  const needles = [...READERS, ...known.flatMap(({ uid, path }) => [uid, path, path.split('/')[0] ?? path])];
  const has = (where: string, content: string) => {
    for (const needle of needles) expect(content.includes(needle), `${where}: ${needle}`).toBe(false);
  };
  let seen = 0;
  for await (const { workflowId, runId } of at.client.workflow.list({
    query: "WorkflowType = 'annotations'",
  })) {
    seen += 1;
    const { events } = await at.client.workflow.getHandle(workflowId, runId).fetchHistory();
    for (const event of events ?? []) {
      const decoded = JSON.stringify(event, (_, value: unknown) =>
        value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value,
      );
      has(workflowId, decoded);
    }
  }
  expect(seen).toBeGreaterThan(20);
  has('the log', stderr());
  for (const table of [
    'annotation_files',
    'annotation_records',
    'files',
    'runs',
    'shards',
    'leases',
  ] as const)
    has(table, JSON.stringify(await at.catalog.db.selectFrom(table).selectAll().execute()));
});

describe('a delivery that the store tells of', () => {
  test('starts a run, by the notifications of a real MinIO', async () => {
    const [port, token] = [await freePort(), 'a-token-of-this-test'];
    const hook = `http://127.0.0.1:${port}/api/hooks/annotations/labels`;
    const store = await startMinio({
      MINIO_NOTIFY_WEBHOOK_ENABLE_CXRFLOW: 'on',
      MINIO_NOTIFY_WEBHOOK_ENDPOINT_CXRFLOW: hook,
      MINIO_NOTIFY_WEBHOOK_AUTH_TOKEN_CXRFLOW: `Bearer ${token}`,
    });
    await store.createBucket('told');
    const s3 = {
      S3_ENDPOINT: store.endpoint,
      S3_ACCESS_KEY: store.accessKey,
      S3_SECRET_KEY: store.secretKey,
    };
    const config = join(folder, 'told.yaml');
    writeFileSync(config, 'metrics: { port: 0 }\nsources: { labels: { uri: s3://told/in } }\n');
    // Runs of its own: those of the other site's worker know nothing of this source.
    const own = await startTemporal();
    const up = await running(['up', '--port', String(port)], {
      ...at.env,
      ...s3,
      TEMPORAL_ADDRESS: own.address,
      CXRFLOW_DATA: join(folder, 'told'),
      ...{ CXRFLOW_CONFIG: config, CXRFLOW_HOOK_TOKEN: token },
    });
    try {
      expect((await fetch(hook, { method: 'POST' })).status).toBe(401);
      expect((await fetch(hook, { method: 'POST', headers: { authorization: 'Bearer wrong' } })).status).toBe(
        401,
      );
      expect((await fetch(`${hook}-2?token=${token}`, { method: 'POST' })).status).toBe(404);
      const client = new MinioClient({
        ...{ endPoint: '127.0.0.1', port: Number(new URL(store.endpoint).port), useSSL: false },
        ...{ accessKey: store.accessKey, secretKey: store.secretKey, region: 'us-east-1' },
      });
      await client.setBucketNotification('told', {
        QueueConfiguration: [
          {
            Queue: 'arn:minio:sqs::CXRFLOW:webhook',
            Event: ['s3:ObjectCreated:*'],
            Filter: { S3Key: { FilterRule: [{ Name: 'prefix', Value: 'in/' }] } },
          },
        ],
      } as never);
      const row = `image_id,label,value,reader\n${film(1).uid},Tuberculosis,1,R\n`;
      await client.putObject('told', 'in/today.csv', row);
      const found = () => labels(at.catalog.db, { className: 'Tuberculosis' });
      await expect.poll(found, { timeout: 60_000 }).toHaveLength(1);
      // Pub/Sub has no header of its own choice.
      const pushed = await fetch(`${hook}?token=${token}`, { method: 'POST', body: '{"message":{}}' });
      expect(pushed.status).toBe(202);
      const done = () =>
        at.catalog.db.selectFrom('leases').selectAll().where('source', '=', 'annotations:labels').execute();
      await expect.poll(done, { timeout: 30_000 }).toEqual([]);
      expect(await found()).toHaveLength(1);
    } finally {
      await up.end('SIGTERM');
      await Promise.all([store.stop(), own.stop()]);
    }
  });
});

test('boxes are read back as they were drawn', async () => {
  const { uri, put } = inbox();
  put('x.csv', `${HEADER}\n${film(7).image_id},ILD,5,R1,0,0.25,${film(7).columns},${film(7).rows}\n`);
  await annotate(uri);
  const [box] = await boxes(at.catalog.db, { imageIds: [film(7).image_id], className: 'ILD' });
  expect(box).toMatchObject({ classId: 5, box: [0, 0.25, film(7).columns, film(7).rows] });
  expect(readdirSync(new URL(uri))).toEqual(['x_processed.csv']);
});
