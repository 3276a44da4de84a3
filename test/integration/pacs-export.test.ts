import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { parse } from 'csv-parse/sync';
import { parquetReadObjects } from 'hyparquet';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { readDicom } from '../../src/dicom/read.js';
import { text } from '../../src/dicom/values.js';
import { type FileServer, startFileServer } from '../../src/samples/pacs/file-server.js';
import { KEPT_TEXTS } from '../../src/samples/pacs/report.js';
import { type PacsSample, seedPacs, writePacsSample } from '../../src/samples/pacs/sample.js';
import { openStore } from '../../src/storage/open.js';
import type { ObjectStore } from '../../src/storage/port.js';
import type { Running } from '../support/cli.js';
import { type FakeGcs, startFakeGcs } from '../support/servers/fake-gcs.js';
import { type Minio, startMinio } from '../support/servers/minio.js';
import { type Postgres, startPostgres } from '../support/servers/postgres.js';
import { temporaryFolder } from '../support/servers/process.js';
import { startTemporal, type Temporal } from '../support/servers/temporal.js';
import { makeSite, type Site, type SiteOptions } from '../support/site.js';

const COLUMNS =
  'study_id,series_number,instance_id,instance_number,file_path,file_url,report_value,field_created_at,downloaded,local_file_path';
const CSV = 'dicom-reports-extracted-sample.csv';
const folder = temporaryFolder('pacs-files');
let temporal: Temporal;
let postgres: Postgres;
let minio: Minio;
let gcs: FakeGcs;
let sample: PacsSample;
let server: FileServer;
let number = 0;
const sites: Site[] = [];

beforeAll(async () => {
  [temporal, postgres, minio, gcs] = await Promise.all([
    startTemporal(),
    startPostgres(),
    startMinio(),
    startFakeGcs(),
  ]);
  sample = await writePacsSample(folder, { studies: 12, seed: 3, size: { rows: 96, columns: 80 } });
  server = await startFileServer(folder);
  await minio.createBucket('cxr');
  await gcs.createBucket('cxr');
});
afterEach(async () => {
  await Promise.all(sites.splice(0).map((site) => site.close()));
});
afterAll(async () => {
  await server?.close();
  await Promise.all([temporal, postgres, minio, gcs].map((one) => one?.stop()));
});

const s3 = () => ({
  S3_ENDPOINT: minio.endpoint,
  S3_ACCESS_KEY: minio.accessKey,
  S3_SECRET_KEY: minio.secretKey,
  S3_REGION: 'us-east-1',
});
const password = 'pacs-secret-7Q';

interface Pacs {
  readonly worker: Running;
  readonly site: Site;
  sql<T extends object>(sql: string, values?: readonly unknown[]): Promise<T[]>;
}

/** A PACS of its own, seeded, and a site that may read it. */
async function pacs(options: Partial<SiteOptions> & { readonly more?: string } = {}): Promise<Pacs> {
  const n = number++;
  const owner = await postgres.createDatabase(`pacs${n}`);
  await seedPacs(owner, sample, (path) => server.urlOf(path));
  const sql: Pacs['sql'] = async (query, values = []) => {
    const client = new pg.Client({ connectionString: owner });
    await client.connect();
    try {
      return (await client.query(query, [...values])).rows;
    } finally {
      await client.end();
    }
  };
  await sql(
    `do $$ begin create role reader login password '${password}'; exception when duplicate_object then null; end $$`,
  );
  await sql('grant usage on schema pacs to reader');
  await sql('grant select on all tables in schema pacs to reader');
  const url = owner.replace('cxrflow@', `reader:${password}@`);
  const site = await makeSite({
    temporal,
    database: await postgres.createDatabase(`catalog${n}`),
    storage: `s3://cxr/site${n}`,
    ...options,
    env: { ...s3(), PACS_DATABASE_URL: url, STORAGE_EMULATOR_HOST: gcs.emulatorHost, ...options.env },
    config: `pacsExport:
  retry: { tries: 3, first: 50ms }
  download: { privateAddresses: [127.0.0.1], roots: ['${folder}'], idle: 1s, file: 8MiB }
${options.more ?? ''}`,
  });
  sites.push(site);
  const worker = await site.worker('main,io,cpu,gpu', { CXRFLOW_LOG_LEVEL: 'trace' });
  return { worker, site, sql };
}

type Json = Record<string, unknown> & { workflowId: string };
async function run({ site }: Pacs, input: object = {}): Promise<{ code: number; json: Json }> {
  const given = { studies: 50, pageSize: 5, batchSize: 3, ...input };
  return (await site.cli('start', 'pacsExport', '--wait', '--input', JSON.stringify(given))) as {
    code: number;
    json: Json;
  };
}

async function objectsOf(store: ObjectStore, prefix = ''): Promise<Map<string, Buffer>> {
  const objects = new Map<string, Buffer>();
  for await (const { key } of store.list(prefix))
    objects.set(key.slice(prefix.length), await store.read(key));
  return objects;
}
const rowsOf = (objects: Map<string, Buffer>, name = CSV): Record<string, string>[] =>
  parse(objects.get(name) ?? '', { columns: true, record_delimiter: '\r\n' });

/** Every identifier of the sample that a text holds, in whichever of the forms it is written there. */
function found(content: string): string[] {
  const forms = (value: string) => [
    value,
    value.replace(/\^/g, ' '),
    encodeURIComponent(value),
    JSON.stringify(value).slice(1, -1),
  ];
  return sample.identifiers.filter((value) => forms(value).some((form) => content.includes(form)));
}

async function history({ site }: Pacs, id: string): Promise<string> {
  const { events } = await site.client.workflow.getHandle(id).fetchHistory();
  const decoded = JSON.stringify(events, (_key, value: unknown) => {
    if (value instanceof Uint8Array) return Buffer.from(value).toString('utf8');
    const { type, data } = (value ?? {}) as { type?: unknown; data?: unknown };
    if (type === 'Buffer' && Array.isArray(data)) return Buffer.from(data as number[]).toString('utf8');
    return typeof value === 'bigint' ? String(value) : value;
  });
  return decoded.replaceAll('\\\\"', '"').replaceAll('\\"', '"');
}

/** The layout and the table that SPEC 3 promises, and that nobody is in it. */
function checkExport(objects: Map<string, Buffer>, base: string): Record<string, string>[] {
  const rows = rowsOf(objects);
  const n = sample.instances.length;
  expect(objects.get(CSV)?.toString().split('\r\n')[0]).toBe(COLUMNS);
  expect(rows).toHaveLength(n);
  expect(new Set(rows.map((row) => row.instance_id)).size).toBe(n);
  expect(new Set(rows.map((row) => row.study_id)).size).toBe(sample.studies);
  const keys = [...objects.keys()].filter((key) => /^(dicom-files|images-jpg)\//.test(key));
  expect(keys).toHaveLength(2 * n);
  for (const row of rows) {
    const dicom = objects.get(`dicom-files/${row.instance_id}.dcm`) ?? Buffer.alloc(0);
    const { dataset } = readDicom(dicom);
    expect(text(dataset, '00120062')).toBe('YES');
    expect(text(dataset, '00080018')).toBe(row.instance_id);
    expect(text(dataset, '0020000d')).toBe(row.study_id);
    const jpeg = objects.get(`images-jpg/${row.instance_id}.jpg`);
    expect(jpeg?.subarray(0, 2).toString('hex')).toBe('ffd8');
    const local = `dicom-files/${row.instance_id}.dcm`;
    expect(row).toMatchObject({
      downloaded: 'true',
      local_file_path: local,
      file_path: local,
      file_url: `${base}/${local}`,
    });
    // The same shift in the table as in the file.
    expect(row.field_created_at?.slice(0, 10).replaceAll('-', '')).toBe(text(dataset, '00080020'));
    expect(KEPT_TEXTS.filter((kept) => row.report_value?.includes(kept))).toHaveLength(2);
    expect(row.report_value).not.toMatch(/signed by/i);
  }
  for (const [key, bytes] of objects) {
    expect(found(key), key).toEqual([]);
    if (!key.endsWith('.jpg')) expect(found(bytes.toString('utf8')), key).toEqual([]);
    if (key.endsWith('.dcm')) expect(found(bytes.toString('latin1')), key).toEqual([]);
  }
  for (const row of rows)
    for (const birth of sample.birthDates)
      expect(row.report_value).not.toContain(`${birth.slice(0, 4)}-${birth.slice(4, 6)}-${birth.slice(6)}`);
  expect(objects.get('README-dataset.md')?.toString()).toContain(`${n} files of ${sample.studies} studies`);
  return rows;
}

test('into S3: the whole dataset, then a rerun that downloads nothing; nobody in history, log or catalog', async () => {
  const at = await pacs();
  const n = sample.instances.length;
  const destination = `s3://cxr/eden-${number}/sample-test`;
  const first = await run(at, { destination });
  expect(first.json, JSON.stringify(first.json)).toMatchObject({
    ...{ found: n, done: n, skipped: 0, ignored: 0, quarantined: 0 },
    ...{ records: n, pages: Math.ceil(n / 5), downloaded: n, uploaded: n, csv: `${destination}/${CSV}` },
  });
  expect(first.code).toBe(0);
  expect((first.json.summary as string[]).map((line) => line.split(':')[0])).toEqual([
    'query',
    'files',
    'tables',
  ]);
  const store = openStore(destination, {
    s3: {
      endpoint: minio.endpoint,
      accessKey: minio.accessKey,
      secretKey: minio.secretKey,
      region: 'us-east-1',
    },
  });
  const before = await objectsOf(store);
  checkExport(before, destination);
  expect(rowsOf(before, 'errors.csv')).toEqual([]);

  const requests = server.log.length;
  expect(requests).toBeGreaterThanOrEqual(n);
  const second = await run(at, { destination });
  expect(second.json).toMatchObject({
    found: n,
    done: 0,
    skipped: n,
    downloaded: 0,
    uploaded: 0,
    quarantined: 0,
  });
  expect(server.log.length).toBe(requests);
  const after = await objectsOf(store);
  for (const [key, bytes] of before)
    if (key !== 'README-dataset.md') expect(after.get(key)?.equals(bytes), key).toBe(true);
  await store.close();

  for (const { json } of [first, second]) {
    const events = await history(at, json.workflowId);
    expect(found(events)).toEqual([]);
    expect(found(JSON.stringify(json))).toEqual([]);
    expect(events).not.toContain(password);
  }
  expect(at.worker.stderr()).toContain('pacsExport: batch');
  expect(found(at.worker.stderr())).toEqual([]);
  expect(at.worker.stderr()).not.toContain(password);
  for (const table of ['pacs_files', 'pacs_batches', 'runs', 'files'] as const) {
    const content = JSON.stringify(await at.site.catalog.db.selectFrom(table).selectAll().execute());
    expect(found(content), table).toEqual([]);
    expect(content).not.toContain(password);
  }
  // What lies in the store of cxrflow: reports for people; the staging is gone.
  const kept = await objectsOf(at.site.objects);
  expect([...kept.keys()].every((key) => key.startsWith('reports/'))).toBe(true);
  expect([...kept.keys()].some((key) => key.endsWith('/deid-report.html'))).toBe(true);
  expect([...kept.keys()].some((key) => key.endsWith('/reports-to-read.csv'))).toBe(true);
  for (const [key, bytes] of kept) expect(found(bytes.toString('utf8')), key).toEqual([]);

  const batches = await at.site.catalog.db.selectFrom('pacs_batches').selectAll().execute();
  const run1 = batches.filter(({ run_id }) => run_id.startsWith(first.json.workflowId));
  expect(run1.reduce((sum, { downloaded }) => sum + downloaded, 0)).toBe(n);
});

describe('other destinations', () => {
  test('Google Cloud Storage, with Parquet and pairs', async () => {
    const at = await pacs();
    const destination = `gs://cxr/export${number}`;
    const { json } = await run(at, { destination, formats: ['parquet', 'jsonl'] });
    expect(json, JSON.stringify(json)).toMatchObject({ done: sample.instances.length });
    const store = openStore(destination, { gs: { emulatorHost: gcs.emulatorHost } });
    const objects = await objectsOf(store);
    await store.close();
    const rows = checkExport(objects, destination);
    const parquet = objects.get('dicom-reports-extracted-sample.parquet') ?? Buffer.alloc(0);
    const file = new Uint8Array(parquet).buffer;
    const read = await parquetReadObjects({ file });
    expect(read.map((row) => ({ ...row, downloaded: String(row.downloaded) }))).toEqual(rows);
    const pairs = (objects.get('image-report-pairs.jsonl')?.toString() ?? '')
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as { image: string; text: string });
    expect(pairs).toHaveLength(rows.length);
    for (const { image } of pairs) expect(objects.has(image)).toBe(true);
  });

  test('a folder, with original ids and paths for use inside the hospital', async () => {
    const at = await pacs();
    const destination = pathToFileURL(join(temporaryFolder('inside'), 'export')).href;
    const { json } = await run(at, { destination, ids: 'keep', sourceReferences: 'keep', reports: 'none' });
    expect(json, JSON.stringify(json)).toMatchObject({ done: sample.instances.length });
    const store = openStore(destination);
    const rows = rowsOf(await objectsOf(store));
    await store.close();
    expect(rows.map((row) => [row.study_id, row.instance_id, row.file_path]).sort()).toEqual(
      sample.instances.map(({ studyId, instanceId, path }) => [studyId, instanceId, path]).sort(),
    );
    expect(rows.every((row) => row.report_value === '')).toBe(true);
    // Still nobody in the history.
    expect(found(await history(at, json.workflowId))).toEqual([]);
  });
});

describe('what can be wrong', () => {
  test('with files: each has its code, and the run goes on', async () => {
    const at = await pacs({ more: '  maxReport: 1MiB\n', env: {} });
    const cases: Readonly<Record<string, string>> = Object.fromEntries([
      ["file_url || '?behave=missing'", 'NOT_FOUND'],
      ["file_url || '?behave=forbidden'", 'DOWNLOAD_FAILED'],
      ["file_url || '?behave=fail'", 'DOWNLOAD_FAILED'],
      ["file_url || '?behave=html'", 'NOT_DICOM'],
      ["file_url || '?behave=endless'", 'TOO_LARGE'],
      ["file_url || '?behave=stall'", 'DOWNLOAD_FAILED'],
      ["file_url || '?behave=redirect'", 'DOWNLOAD_REFUSED'],
      ["'file:///etc/passwd'", 'DOWNLOAD_REFUSED'],
      ["'http://169.254.169.254/latest/meta-data'", 'DOWNLOAD_REFUSED'],
      ["'ftp://127.0.0.1/film'", 'DOWNLOAD_REFUSED'],
      ["''", 'exported by its path'],
      ["file_url || '?behave=fail-once'", 'exported'],
      ["file_url || '?behave=cut-once'", 'exported'],
      ["'s3://cxr/no-such-object.dcm'", 'NOT_FOUND'],
    ]);
    const { site } = at;
    const instances = await at.sql<{ instance_id: string }>(
      'select instance_id from pacs.instances order by 1',
    );
    expect(instances.length).toBeGreaterThan(Object.keys(cases).length);
    for (const [i, expression] of Object.keys(cases).entries())
      await at.sql(`update pacs.instances set file_url = ${expression} where instance_id = $1`, [
        instances[i]?.instance_id,
      ]);
    await at.sql(`update pacs.instances set file_url = null, file_path = null where instance_id = $1`, [
      instances.at(-1)?.instance_id,
    ]);
    // A destination of its own, known by the ids that it keeps.
    const destination = pathToFileURL(join(temporaryFolder('bad'), 'export')).href;
    const { code, json } = await run(at, { destination, ids: 'keep' });
    const store = openStore(destination);
    const objects = await objectsOf(store);
    await store.close();
    const rows = rowsOf(objects);
    const errors = rowsOf(objects, 'errors.csv');
    const failed = Object.values(cases).filter((one) => !one.startsWith('exported')).length + 1;
    expect(json, JSON.stringify(json)).toMatchObject({ found: rows.length, quarantined: failed });
    expect(code).toBe(3);
    for (const [i, outcome] of Object.values(cases).entries()) {
      const id = instances[i]?.instance_id;
      const row = rows.find(({ instance_id }) => instance_id === id);
      const error = errors.find(({ instance_id }) => instance_id === id);
      const name = Object.keys(cases)[i];
      expect(row?.downloaded, name).toBe(String(outcome.startsWith('exported')));
      expect(error?.code, name).toBe(outcome.startsWith('exported') ? undefined : outcome);
      if (error) expect(error.message?.length, name).toBeGreaterThan(10);
    }
    expect(errors.find(({ code: one }) => one === 'PACS_NO_LOCATION')?.instance_id).toBe(
      instances.at(-1)?.instance_id,
    );
    // The half that came was not asked for again.
    expect(server.log.filter(({ behave }) => behave === 'cut-once').map(({ status }) => status)).toEqual([
      200, 206,
    ]);
    const listed = await site.cli('quarantine', 'list');
    expect(JSON.stringify(listed.json)).toContain('DOWNLOAD_REFUSED');
    expect(found(JSON.stringify(listed.json))).toEqual([]);
    expect(found(at.worker.stderr())).toEqual([]);
    expect(found(await history(at, json.workflowId))).toEqual([]);
  });

  test('with rows: NULL in any column, formulas, a report of over 1 MB', async () => {
    const at = await pacs({ more: '  maxReport: 2MiB\n' });
    const query = join(temporaryFolder('sql'), 'rows.sql');
    const { path, instanceId, studyId } = sample.instances[0] as PacsSample['instances'][number];
    const columns = [
      'study_id',
      'series_id',
      'series_number',
      'instance_id',
      'instance_number',
      'file_path',
      'file_url',
      'report_value',
      'field_created_at',
    ];
    const row = (over: Record<string, string>) => {
      const value: Record<string, string> = {
        ...{
          study_id: `'${studyId}'`,
          series_id: `'1.2'`,
          series_number: `'=1+1'`,
          instance_id: `'${instanceId}'`,
        },
        ...{ instance_number: `'1'`, file_path: `'${path}'`, file_url: 'NULL' },
        ...{ report_value: `'-5 mm, "clear", lungs'`, field_created_at: 'NULL', ...over },
      };
      return `(${columns.map((column) => `${value[column]}::text`).join(', ')})`;
    };
    const nulls = columns.map((column) =>
      row({ [column]: 'NULL', ...(column === 'study_id' ? {} : { study_id: `'s-${column}'` }) }),
    );
    const long = row({
      study_id: `'long'`,
      instance_id: `'i-long'`,
      report_value: `repeat('The lungs are clear. ', 55000)`,
    });
    const longer = row({
      study_id: `'longer'`,
      instance_id: `'i-longer'`,
      report_value: `repeat('x', 3000000)`,
    });
    writeFileSync(
      query,
      `select * from (values ${[row({}), ...nulls, long, longer].join(',\n')}) as t(${columns.join(', ')}); -- end\n`,
    );
    const destination = pathToFileURL(join(temporaryFolder('rows'), 'export')).href;
    const { json } = await run(at, { destination, query, ids: 'keep' });
    const store = openStore(destination);
    const objects = await objectsOf(store);
    await store.close();
    const rows = rowsOf(objects);
    const errors = rowsOf(objects, 'errors.csv');
    expect(json, JSON.stringify(json)).toMatchObject({ records: columns.length + 3 });
    const by = (study: string) => rows.find(({ study_id }) => study_id === study);
    expect(by(studyId)).toMatchObject({
      series_number: "'=1+1",
      report_value: `'-5 mm, "clear", lungs`,
      downloaded: 'true',
    });
    expect(by('')?.downloaded).toBe('false');
    expect(by('s-instance_id')?.downloaded).toBe('false');
    expect(errors.filter(({ code }) => code === 'PACS_ROW_INCOMPLETE')).toHaveLength(2);
    expect(by('s-report_value')?.report_value).toBe('');
    for (const column of [
      'series_id',
      'series_number',
      'instance_number',
      'file_url',
      'report_value',
      'field_created_at',
    ])
      expect(by(`s-${column}`)?.downloaded, column).toBe('true');
    expect(errors.filter(({ code }) => code === 'PACS_NO_LOCATION')).toHaveLength(1);
    expect(by('long')?.report_value?.length).toBeGreaterThan(1_000_000);
    expect(by('longer')).toMatchObject({ report_value: '', downloaded: 'true' });
    expect(errors.find(({ study_id }) => study_id === 'longer')?.code).toBe('REPORT_TOO_LARGE');
  });

  test('with the query: refused before anything is read, with its code', async () => {
    const at = await pacs({ more: '  maxRows: 1000\n  statementTimeout: 1s\n' });
    const sql = temporaryFolder('sql');
    const nine =
      'study_id, series_id, series_number, instance_id, instance_number, file_path, file_url, report_value, field_created_at';
    const all = (from: string) =>
      `select ${nine
        .split(', ')
        .map((c) => `'x' as ${c}`)
        .join(', ')} ${from}`;
    const cases: readonly (readonly [string, string, string?])[] = [
      ['select study_id frm pacs.studies', 'PACS_QUERY_FAILED', 'SQLSTATE 42601 (a syntax error), line 1'],
      ['select 1\nfrom nowhere', 'PACS_QUERY_FAILED', 'SQLSTATE 42P01 (no such table), line 2'],
      [`${all('')}; drop table pacs.reports`, 'PACS_QUERY_FAILED'],
      [`with gone as (delete from pacs.reports returning 1) ${all('')}`, 'PACS_QUERY_FAILED'],
      [
        "select study_id, 'x' as file_path from pacs.studies",
        'PACS_COLUMN_MISSING',
        'series_id, series_number',
      ],
      [`${all('')}, 'a' as patient_name, 'b' as patient_name`, 'PACS_COLUMN_TWICE', 'patient_name'],
      [all('where :modalty is null'), 'PACS_QUERY_FAILED', 'there is no parameter :modalty'],
      [all('where false'), 'PACS_NO_ROWS'],
      [all('from generate_series(1, 1000000)'), 'PACS_TOO_MANY_ROWS', 'over 1000'],
      [all('from (select pg_sleep(30)) s'), 'PACS_QUERY_SLOW'],
    ];
    for (const [i, [query, code, detail]] of cases.entries()) {
      const file = join(sql, `${i}.sql`);
      writeFileSync(file, query);
      const { json } = await run(at, { query: file });
      const error = json.error as { code: string; message: string };
      expect(error?.code, `${query}: ${JSON.stringify(json)}`).toBe(code);
      if (detail) expect(error.message, query).toContain(detail);
    }
    for (const [input, field] of [
      [{ database: 'nowhere' }, 'database'],
      [{ query: join(sql, 'none.sql') }, 'query'],
      [{ formats: 'parquet' }, 'formats'],
    ] as const) {
      const { message, code } = (await run(at, input)).json.error as { code: string; message: string };
      expect({ code, message }).toMatchObject({ code: 'BAD_INPUT', message: expect.stringContaining(field) });
    }
    expect(await at.sql('select 1 from pacs.reports')).toHaveLength(sample.studies);
  });
});

describe('the doctor', () => {
  const ask = async (more: string, url?: string) => {
    const { worker, site } = await pacs({ more, ...(url && { env: { PACS_DATABASE_URL: url } }) });
    await worker.end('SIGKILL');
    const { checks } = (await site.cli('doctor')).json as { checks: Record<string, string>[] };
    return checks.find(({ name }) => name === 'database pacs');
  };
  const query = join(import.meta.dirname, '../../config/pacs/query.sql');

  test('tries the connection and the query', async () => {
    expect(await ask('')).toMatchObject({ state: 'warning', hint: expect.stringContaining('query') });
    expect(await ask(`  query: ${query}\n`)).toMatchObject({ state: 'ok' });
    const wrong = join(temporaryFolder('sql'), 'wrong.sql');
    writeFileSync(wrong, 'select 1 as study_id');
    expect(await ask(`  query: ${wrong}\n`)).toMatchObject({
      state: 'broken',
      found: expect.stringContaining('PACS_COLUMN_MISSING'),
    });
  });

  test('says what is wrong with a connection, and nothing of its URL', async () => {
    const found = await ask('', `postgres://somebody:${password}@127.0.0.1:1/pacs`);
    expect(found).toMatchObject({ state: 'broken', found: expect.stringContaining('PACS_UNREACHABLE') });
    expect(JSON.stringify(found)).not.toContain(password);
  });
});

test('rows that come while it runs neither shift nor repeat any; a connection that drops is retried', async () => {
  const at = await pacs();
  const query = join(temporaryFolder('sql'), 'slow.sql');
  const shipped = readFileSync('config/pacs/query.sql', 'utf8');
  // Waits until its connection is cut, the first time.
  await at.sql('create table pacs.gate (open boolean)');
  await at.sql('grant select on pacs.gate to reader');
  writeFileSync(
    query,
    shipped.replace(
      'WHERE s.deleted = FALSE',
      'WHERE (EXISTS (SELECT 1 FROM pacs.gate) OR pg_sleep(20) IS NULL) AND s.deleted = FALSE',
    ),
  );
  const id = `drop-${number}`;
  const input = JSON.stringify({
    query,
    studies: 50,
    order: 'newest',
    pageSize: 3,
    batchSize: 2,
    concurrency: 1,
  });
  await at.site.cli('start', 'pacsExport', '--id', id, '--input', input);
  const until = async (ready: () => Promise<boolean>) => {
    while (!(await ready())) await sleep(50);
  };
  const sleeping = `from pg_stat_activity where application_name = 'cxrflow pacsExport' and wait_event = 'PgSleep'`;
  await until(async () => (await at.sql(`select 1 ${sleeping}`)).length > 0);
  await at.sql('insert into pacs.gate values (true)');
  await at.sql(`select pg_terminate_backend(pid) ${sleeping}`);
  const handle = at.site.client.workflow.getHandle(id);
  await until(
    async () => (await at.site.catalog.db.selectFrom('pacs_files').selectAll().execute()).length > 0,
  );
  // A study newer than all others would shift every page behind it.
  const [patient] = await at.sql<{ patient_id: string }>('select patient_id from pacs.patients limit 1');
  await at.sql(`insert into pacs.studies values ('new-study', $1, 'A1', now(), 'CR', 'CHEST')`, [
    patient?.patient_id,
  ]);
  await at.sql(`insert into pacs.series values ('new-series', 'new-study', 1)`);
  await at.sql(
    `insert into pacs.instances select 'new-' || n, 'new-series', n, 'x', null from generate_series(1, 25) n`,
  );
  expect(await handle.result()).toMatchObject({
    ...{ found: sample.instances.length, done: sample.instances.length, quarantined: 0 },
  });
  const objects = await objectsOf(at.site.objects, 'exports/pacs/');
  checkExport(objects, `${at.site.objects.root}/exports/pacs`);
});

test('a worker that is killed in the middle loses and doubles nothing', async () => {
  const at = await pacs();
  await at.sql(`update pacs.instances set file_url = file_url || '?behave=slow'`);
  const id = `killed-${number}`;
  const input = JSON.stringify({ studies: 50, pageSize: 6, batchSize: 6, concurrency: 2 });
  const done = async () =>
    (await at.site.catalog.db.selectFrom('pacs_files').selectAll().where('state', '=', 'exported').execute())
      .length;
  await at.site.cli('start', 'pacsExport', '--id', id, '--input', input);
  while ((await done()) < 3) await sleep(20);
  expect(await at.worker.end('SIGKILL')).toBe('SIGKILL');
  const before = server.log.length;
  const exported = await done();
  expect(exported).toBeLessThan(sample.instances.length);
  await at.site.worker('main,io,cpu,gpu');
  const n = sample.instances.length;
  expect(await at.site.client.workflow.getHandle(id).result()).toMatchObject({
    ...{ found: n, done: n, skipped: 0, quarantined: 0, downloaded: n, uploaded: n },
  });
  // What was exported before the kill was not asked for again.
  expect(server.log.length - before).toBeLessThanOrEqual(n - exported);
  checkExport(await objectsOf(at.site.objects, 'exports/pacs/'), `${at.site.objects.root}/exports/pacs`);
});
