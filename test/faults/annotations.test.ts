import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as images from '../../src/catalog/images.js';
import { startRun } from '../../src/catalog/runs.js';
import { fileUri } from '../../src/storage/open.js';
import { image } from '../support/catalog/rows.js';
import type { Running } from '../support/cli.js';
import { seeded } from '../support/random.js';
import { type Postgres, startPostgres } from '../support/servers/postgres.js';
import { temporaryFolder } from '../support/servers/process.js';
import { startTemporal, type Temporal } from '../support/servers/temporal.js';
import { makeSite, type Site } from '../support/site.js';

const ROWS = 40_000;
const KILLS = 3;
/** Every so many rows one names an image that is not there. */
const UNKNOWN = 10;
const IMAGES = 50;
const folder = temporaryFolder('annotations-killed');
const delivered = join(folder, 'in');
let temporal: Temporal;
let postgres: Postgres;
let at: Site;

beforeAll(async () => {
  [temporal, postgres] = await Promise.all([startTemporal(), startPostgres()]);
  const objects = join(folder, 'objects');
  for (const dir of [objects, delivered]) mkdirSync(dir);
  at = await makeSite({
    temporal,
    database: await postgres.createDatabase('killed'),
    storage: fileUri(objects),
    config: 'storage: { sharedFilesystem: true }\nannotations: { minAge: 0s }\n',
    patience: '1m',
  });
  await startRun(at.catalog.db, { runId: 'w/1', workflowType: 'ingest', workflowId: 'w', params: {} });
  const stored = Array.from({ length: IMAGES }, (_, i) => image(imageId(i)));
  await at.catalog.transaction(async (trx) => {
    const bases = { images: 'img', review: 'rev' };
    await images.place(trx, { runId: 'w/1', shard: 0, bases, mode: 'prefix', capacity: 400, images: stored });
    await images.markStored(
      trx,
      stored.map(({ image_id }) => image_id),
    );
  });
});
afterAll(async () => {
  await at?.close();
  await Promise.all([temporal, postgres].map((server) => server?.stop()));
});

const imageId = (i: number) =>
  `I${String.fromCharCode(65 + (i % 26)).repeat(25)}${String.fromCharCode(65 + Math.floor(i / 26))}`;

/** Boxes that are all different, so that one which is lost or doubled is missed. */
function table(shift: number): string {
  const rows = Array.from({ length: ROWS }, (_, n) => {
    const id = n % UNKNOWN === 0 ? 'nowhere' : imageId(n % IMAGES);
    return `${id},Cardiomegaly,3,R1,${shift},${n / 100},${shift + 10},${n / 100 + 5}`;
  });
  return `image_id,class_name,class_id,rad_id,x_min,y_min,x_max,y_max\n${rows.join('\n')}\n`;
}

async function rowsInEffect(): Promise<{ records: number; different: number; shifts: number[] }> {
  const { rows } = await sql<{ records: number; different: number; shifts: number[] }>`
    select count(*) as records, count(distinct y_min) as different,
      coalesce(jsonb_agg(distinct x_min), '[]') as shifts from annotations`.execute(at.catalog.db);
  return rows[0] as { records: number; different: number; shifts: number[] };
}

const staged = async () =>
  (await at.catalog.db.selectFrom('annotation_files').select('staged_records').executeTakeFirst())
    ?.staged_records ?? 0;

test(`a worker killed ${KILLS} times while it reads a file: nothing is lost or doubled, and nothing half is seen`, async () => {
  const random = seeded(Number(process.env.CXRFLOW_KILL_SEED ?? 1));
  const good = ROWS - ROWS / UNKNOWN;
  for (const shift of [1, 2]) {
    writeFileSync(join(delivered, 'boxes.csv'), table(shift));
    const before = await rowsInEffect();
    let worker: Running = await at.worker('main,io');
    const handle = await at.client.workflow.start('annotations', {
      ...{ workflowId: `killed-${shift}`, taskQueue: 'cxrflow', args: [{ source: fileUri(delivered) }] },
    });
    let last = 0;
    for (let kill = 0; kill < KILLS; kill++) {
      const until = last + 1000 + Math.floor(random() * 6000);
      await expect.poll(staged, { timeout: 120_000, interval: 5 }).toBeGreaterThan(until);
      await worker.end('SIGKILL');
      last = await staged();
      // What was in effect is in effect until the whole file has been read.
      expect(await rowsInEffect()).toEqual(before);
      worker = await at.worker('main,io');
    }
    expect(await handle.result()).toMatchObject({
      ...{ files: 1, records: ROWS, found: ROWS, applied: good, quarantined: ROWS / UNKNOWN, skipped: 0 },
    });
    await worker.end('SIGTERM');
    expect(await rowsInEffect()).toEqual({ records: good, different: good, shifts: [shift] });
    const held = await at.catalog.db
      .selectFrom('files')
      .select((eb) => eb.fn.countAll<number>().as('records'))
      .where('code', '=', 'IMAGE_UNKNOWN')
      .executeTakeFirstOrThrow();
    expect(held.records).toBe(ROWS / UNKNOWN);
    const { rows } = await sql<{ left: number }>`
      select count(*) as left from annotation_records r join annotation_files f on f.file_id = r.file_id
      where r.revision <> f.revision`.execute(at.catalog.db);
    expect(rows[0]?.left).toBe(0);
  }
});
