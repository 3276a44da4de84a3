import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { backfill } from '../../src/client/backfill.js';
import { writeSamples } from '../../src/samples/write-samples.js';
import { fileUri } from '../../src/storage/open.js';
import { audit } from '../support/ledger.js';
import { historyPieces } from '../support/privacy/left.js';
import { type Postgres, startPostgres } from '../support/servers/postgres.js';
import { temporaryFolder } from '../support/servers/process.js';
import { startTemporal, type Temporal } from '../support/servers/temporal.js';
import { makeSite, type Site } from '../support/site.js';

const DATES = ['2023/12/31', '2024/01/30', '2024/01/31', '2024/02/01'];
const PATIENTS = ['DOE^JOHN', 'DOE^JANE', 'ROE^RICHARD', 'MAJOR^MARY', 'LOE^LARRY', 'POE^PAULA'];

describe('backfill on Temporal and Postgres', () => {
  let temporal: Temporal;
  let postgres: Postgres;
  let site: Site;
  let source: string;
  let made = 0;

  beforeAll(async () => {
    [temporal, postgres] = await Promise.all([startTemporal(), startPostgres()]);
  });
  afterAll(() => Promise.all([temporal?.stop(), postgres?.stop()]));
  beforeEach(async () => {
    const folder = temporaryFolder('backfill');
    source = join(folder, 'source');
    const objects = join(folder, 'objects');
    mkdirSync(objects);
    made += 1;
    site = await makeSite({
      temporal,
      database: await postgres.createDatabase(`backfill_${made}`),
      storage: fileUri(objects),
      config: `sources: { nas: { uri: ${fileUri(source)} } }\nstorage: { sharedFilesystem: true }\n`,
      patience: '60s',
    });
  });
  afterEach(() => site?.close());

  const films = async (folders: readonly string[]) => {
    for (const [seed, folder] of folders.entries()) {
      const place = join(source, folder);
      mkdirSync(place, { recursive: true });
      const size = { rows: 48, columns: 40 };
      await writeSamples(place, { studies: 4, seed: seed + 1, size, laterals: false, extras: false });
    }
  };
  const idOf = (name: string) => `${name}-${made}`;
  /** Executions of the partitions of a backfill. */
  const childrenOf = async (id: string) => {
    const runs: string[] = [];
    for await (const { workflowId } of site.client.workflow.list({
      query: `WorkflowId STARTS_WITH '${id}/' AND WorkflowType = 'ingest'`,
    }))
      runs.push(workflowId);
    return runs.sort();
  };
  const partitions = () =>
    site.catalog.db
      .selectFrom('backfill_partitions')
      .select(['key', 'state', 'counts'])
      .orderBy('key')
      .execute();

  it('by date: what lies in the range, each day once, and nothing when it is repeated', async () => {
    await films(DATES);
    await site.worker('main,io,cpu,gpu');
    const dry = await site.cli('backfill', 'ingest', '--source', 'nas', '--from', '2024', '--dry-run');
    expect(dry.code).toBe(0);
    expect(dry.json).toMatchObject({ found: 3, wouldRun: 3 });
    expect(await partitions()).toEqual([]);

    const id = idOf('dates');
    const first = await backfill(site.client, { source: 'nas', from: '2024', concurrency: 3 }, id);
    expect(await first.result()).toMatchObject({ found: 3, done: 3, items: { found: 12, done: 12 } });
    await vi.waitFor(async () =>
      expect(await childrenOf(id)).toEqual(
        ['2024-01-30', '2024-01-31', '2024-02-01'].map((d) => `${id}/${d}`),
      ),
    );
    const again = await backfill(site.client, { source: 'nas', from: '2024' }, idOf('again'));
    expect(await again.result()).toMatchObject({ found: 3, done: 0, skipped: 3 });
    const rest = await backfill(site.client, { source: 'nas', to: '2024-12', reverse: true }, idOf('rest'));
    expect(await rest.result()).toMatchObject({
      found: 4,
      done: 1,
      skipped: 3,
      items: { found: 4, done: 4 },
    });
    expect(await childrenOf(idOf('rest'))).toEqual([`${idOf('rest')}/2023-12-31`]);
    const all = await backfill(site.client, { source: 'nas', from: '2024', only: 'all' }, idOf('all'));
    expect(await all.result()).toMatchObject({ done: 3, items: { found: 12, done: 0, skipped: 12 } });
    expect(await audit(site.catalog, site.objects)).toEqual([]);
  });

  it('by folder, its worker killed in the middle: nothing lost, nothing twice, no name anywhere', async () => {
    await films(PATIENTS);
    writeFileSync(join(source, 'loose.txt'), 'beside the folders');
    const id = idOf('killed');
    let worker = await site.worker('main,io,cpu,gpu');
    const run = await backfill(site.client, { source: 'nas', concurrency: 2 }, id);
    await vi.waitFor(async () => expect((await run.progress()).counts.done).toBeGreaterThanOrEqual(2), {
      timeout: 120_000,
      interval: 100,
    });
    await worker.end('SIGKILL');
    worker = await site.worker('main,io,cpu,gpu');
    expect(await run.result()).toMatchObject({
      ...{ found: 7, done: 7, quarantined: 0 },
      items: { found: 25, done: 24, ignored: 1, quarantined: 0 },
    });
    const children = await childrenOf(id);
    expect(children).toHaveLength(7);
    expect(new Set(children).size).toBe(7);
    expect((await partitions()).map(({ state }) => state)).toEqual(Array(7).fill('done'));
    expect(await audit(site.catalog, site.objects)).toEqual([]);

    const again = await backfill(site.client, { source: 'nas' }, idOf('after'));
    expect(await again.result()).toMatchObject({ found: 7, done: 0, skipped: 7 });
    expect(await childrenOf(idOf('after'))).toEqual([]);

    for await (const { where, bytes } of historyPieces(site.client))
      for (const name of [
        ...PATIENTS.map((patient) => patient.slice(0, patient.indexOf('^') + 3)),
        'loose.txt',
      ])
        expect([where, bytes.includes(name)]).toEqual([where, false]);
    const { json } = await site.cli(
      ...['backfill', 'ingest', '--source', 'nas', '--dry-run', '--reveal', '--reason', 'a test'],
    );
    const shown = (json.partitions as { folders: string[] }[]).flatMap(({ folders }) => folders);
    expect(shown.sort()).toEqual([...PATIENTS.map((p) => `${p}/`), '(files at the top)'].sort());
    expect(await site.catalog.db.selectFrom('reveals').select('reason').execute()).toEqual([
      { reason: 'a test' },
    ]);
  });

  it('terminated in the middle: the next one takes over what was begun and leaves what was done', async () => {
    await films(PATIENTS);
    const id = idOf('terminated');
    await site.worker('main,io,cpu,gpu');
    const run = await backfill(site.client, { source: 'nas', concurrency: 2 }, id);
    await vi.waitFor(async () => expect((await run.progress()).counts.done).toBeGreaterThanOrEqual(1), {
      timeout: 120_000,
      interval: 50,
    });
    // Held meanwhile: no other run may have the source.
    const refused = await site.cli('start', 'ingest', '--set', 'source=nas', '--wait');
    expect(refused.json).toMatchObject({ error: { code: 'SOURCE_BUSY' } });
    const twice = await site.cli('backfill', 'ingest', '--source', 'nas', '--id', id);
    expect(twice).toMatchObject({ code: 2, json: { error: { code: 'RUN_EXISTS' } } });
    await site.client.workflow.getHandle(id).terminate('a test');
    const done = (await partitions()).filter(({ state }) => state === 'done').length;
    expect(done).toBeGreaterThanOrEqual(1);
    expect(done).toBeLessThan(6);

    // The server ends the children of a terminated run by and by.
    let open = 1;
    while (open > 0) {
      await sleep(100);
      ({ count: open } = await site.client.workflow.count(
        `WorkflowId STARTS_WITH '${id}/' AND WorkflowType = 'ingest' AND ExecutionStatus = 'Running'`,
      ));
    }
    const next = await backfill(site.client, { source: 'nas' }, idOf('next'));
    expect(await next.result()).toMatchObject({ found: 6, done: 6 - done, skipped: done, quarantined: 0 });
    expect((await partitions()).map(({ state }) => state)).toEqual(Array(6).fill('done'));
    expect(await audit(site.catalog, site.objects)).toEqual([]);
    const { n } = await site.catalog.db
      .selectFrom('images')
      .select((eb) => eb.fn.countAll<number>().as('n'))
      .executeTakeFirstOrThrow();
    expect(Number(n)).toBe(24);
    expect(readdirSync(source)).toHaveLength(6);
  });
});
