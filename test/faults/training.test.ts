/** The gpu worker is killed in the middle of a training: the next one goes on from the checkpoint. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { registerModel } from '../../src/activities/models/register.js';
import { modelVersion, promote } from '../../src/catalog/models.js';
import { fileUri, openStore } from '../../src/storage/open.js';
import type { Progress } from '../../src/workflows/steer.js';
import { cellDetector } from '../support/loop/cells.js';
import { cellImages, publishCells } from '../support/loop/dataset.js';
import { BETTER, PRODUCTION, TRAINER } from '../support/loop/world.js';
import { type Postgres, startPostgres } from '../support/servers/postgres.js';
import { temporaryFolder } from '../support/servers/process.js';
import { startTemporal, type Temporal } from '../support/servers/temporal.js';
import { makeSite, type Site } from '../support/site.js';

let temporal: Temporal;
let postgres: Postgres;
const sites: Site[] = [];
const orphans: number[] = [];

beforeAll(async () => {
  [temporal, postgres] = await Promise.all([startTemporal(), startPostgres()]);
});
afterAll(async () => {
  for (const pid of orphans) if (isAlive(pid)) process.kill(-pid, 'SIGKILL');
  await Promise.all(sites.map((site) => site.close()));
  await Promise.all([temporal, postgres].map((server) => server?.stop()));
});

/** A site with a dataset, a model in production and feedback on it; `main`, `io` and `cpu` are served. */
async function prepared(name: string, patience: string) {
  const folder = temporaryFolder(`training-${name}`);
  const objects = join(folder, 'objects');
  mkdirSync(join(objects, 'cells'), { recursive: true });
  const site = await makeSite({
    temporal,
    database: await postgres.createDatabase(`training_${name}`),
    storage: fileUri(objects),
    patience,
    config: `storage: { sharedFilesystem: true }
retrain: { trainer: fake, minFeedback: 1 }
trainers: { fake: { command: [${process.execPath}, ${TRAINER}] } }
`,
  });
  sites.push(site);
  const images = cellImages({ training: 4, validation: 4, canary: 4, production: 8 });
  const store = openStore(fileUri(join(objects, 'cells')));
  await site.worker('main,io,cpu');
  const gpu = await site.worker('gpu');
  await publishCells(site.catalog, store, { dataset: 'cells', version: 'v1.0', images });
  const { catalog } = site;
  const bytes = cellDetector(PRODUCTION);
  await registerModel(
    { catalog, objects: site.objects },
    { name: 'cells', bytes, who: 't', codeVersion: 't' },
  );
  await catalog.transaction((trx) => promote(trx, 'cells', 1, { who: 't', reason: 'first' }));
  const start = (type: string, input: object) =>
    site.client.workflow.start(type, {
      taskQueue: 'cxrflow',
      workflowId: `${type}-${name}`,
      args: [input],
    });
  await (await start('onlineSimulation', { dataset: 'cells', load: [4] })).result();
  return { folder, objects, site, catalog, gpu, start };
}

test.each(['same', 'other'])('and the next one is on the %s machine', async (machine) => {
  const { folder, objects, site, catalog, gpu, start } = await prepared(machine, '1m');
  const model = join(folder, 'better.onnx');
  writeFileSync(model, cellDetector(BETTER));
  // It waits for ever behind its second epoch, unless it goes on from there.
  const params = { model, epochs: 4, stopAt: 2, behave: 'stubborn' };
  const run = await start('feedbackRetrain', { dataset: 'cells', params });
  const trainings = join(String(site.env.CXRFLOW_DATA), 'trainings');
  await vi.waitFor(() => expect(checkpointIn(objects)).toBe(2), { timeout: 60_000, interval: 100 });
  const [work = ''] = readdirSync(trainings);
  const first = JSON.parse(readFileSync(join(trainings, work, 'output', 'started-at-0'), 'utf8')) as {
    pid: number;
  };
  orphans.push(first.pid);
  expect(await gpu.end('SIGKILL')).toBe('SIGKILL');
  expect(isAlive(first.pid)).toBe(true);

  const elsewhere = temporaryFolder('other-machine');
  await site.worker('gpu', machine === 'same' ? {} : { CXRFLOW_DATA: elsewhere });
  expect(await run.result()).toMatchObject({
    trained: { attempts: 2, epochs: 4, metrics: { loss: 0.5 } },
    promoted: true,
    candidate: { model: 'cells@v2' },
  });
  expect(await modelVersion(catalog.db, 'cells')).toMatchObject({ version: 2 });
  // What the killed worker left running would write beside the new trainer.
  if (machine === 'same') expect(isAlive(first.pid)).toBe(false);
  const left = readdirSync(machine === 'same' ? trainings : join(elsewhere, 'trainings'));
  expect(left).toEqual([]);
  // The sites share a Temporal server, and so their queues.
  await site.close();
  sites.pop();
});

test('the disk of the trainer is full: the run pauses, and goes on when there is space', async (context) => {
  const disk = temporaryFolder('small-disk');
  const mount = (...options: string[]) =>
    execFileSync('mount', ['-t', 'tmpfs', '-o', options.join(','), 'tmpfs', disk], { stdio: 'pipe' });
  try {
    mount('size=16k');
  } catch {
    return context.skip('a small disk cannot be mounted here (needs root)');
  }
  const { folder, site, gpu, start } = await prepared('disk', '2s');
  try {
    expect(await gpu.end('SIGTERM')).toBe(0);
    await site.worker('gpu', { CXRFLOW_DATA: disk });
    const model = join(folder, 'better.onnx');
    writeFileSync(model, cellDetector(BETTER));
    const run = await start('feedbackRetrain', { dataset: 'cells', params: { model, epochs: 1 } });
    const paused = async () => (await run.query<Progress>('progress')).paused?.code;
    await vi.waitFor(async () => expect(await paused()).toBe('DISK_FULL'), {
      timeout: 60_000,
      interval: 200,
    });
    mount('remount', 'size=64m');
    await run.executeUpdate('resume');
    expect(await run.result()).toMatchObject({ promoted: true, candidate: { model: 'cells@v2' } });
  } finally {
    await site.close();
    sites.pop();
    execFileSync('umount', [disk]);
  }
});

function checkpointIn(objects: string): number {
  const staging = join(objects, '.staging');
  const [run] = readdirSync(staging).filter((name) => name.startsWith('feedbackRetrain'));
  if (run === undefined) return 0;
  return (JSON.parse(readFileSync(join(staging, run, 'checkpoint.json'), 'utf8')) as { number: number })
    .number;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
