import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { stagingOf } from '../../../src/activities/main/run-id.js';
import { finishRun, startRun } from '../../../src/catalog/runs.js';
import { fileUri } from '../../../src/storage/open.js';
import { type Postgres, startPostgres } from '../../support/servers/postgres.js';
import { temporaryFolder } from '../../support/servers/process.js';
import { startTemporal, type Temporal } from '../../support/servers/temporal.js';
import { makeSite, type Site } from '../../support/site.js';

let temporal: Temporal;
let postgres: Postgres;
let site: Site;
beforeAll(async () => {
  [temporal, postgres] = await Promise.all([startTemporal(), startPostgres()]);
  const objects = join(temporaryFolder('gc'), 'objects');
  mkdirSync(objects);
  site = await makeSite({
    temporal,
    database: await postgres.createDatabase('gc'),
    storage: fileUri(objects),
  });
});
afterAll(async () => {
  await site?.close();
  await Promise.all([temporal?.stop(), postgres?.stop()]);
});

/** A run with something in its staging, as its row says it is. */
async function staged(workflowId: string, execution: string, ended = false): Promise<string> {
  const runId = `${workflowId}/${execution}`;
  await startRun(site.catalog.db, { runId, workflowType: 'ingest', workflowId, params: {} });
  if (ended) await finishRun(site.catalog.db, runId, 'failed');
  const prefix = stagingOf(runId);
  await site.objects.write(`${prefix}0/parts/000000.jsonl`, Buffer.from('{}\n'));
  return prefix;
}

it('leaves the staging of runs that live, however old, and takes that of all others', async () => {
  // No worker is there: it waits, as a paused run does.
  const { firstExecutionRunId } = await site.client.workflow.start('ingest', {
    workflowId: 'lives',
    taskQueue: 'cxrflow',
    args: [{}],
  });
  const alive = await staged('lives', firstExecutionRunId);
  const others = [
    await staged('lives', 'an-earlier-execution'),
    await staged('gone', 'terminated-long-ago'),
    await staged('ended', 'x', true),
  ];
  await site.objects.write('.staging/of-nobody/part', Buffer.from('x'));

  const gc = () => site.cli('storage', 'gc', '--older-than', '0s');
  const dry = await site.cli('storage', 'gc', '--older-than', '0s', '--dry-run');
  expect(dry.json).toMatchObject({ dryRun: true, alive: 1 });
  const prefixes = (json: Record<string, unknown>) =>
    (json.removed as { prefix: string }[]).map(({ prefix }) => prefix).sort();
  expect(prefixes(dry.json)).toEqual([...others, '.staging/of-nobody/'].sort());
  expect(prefixes((await gc()).json)).toEqual(prefixes(dry.json));
  const left: string[] = [];
  for await (const { key } of site.objects.list('.staging/')) left.push(key);
  expect(left).toEqual([`${alive}0/parts/000000.jsonl`]);

  await site.client.workflow.getHandle('lives').terminate('the test');
  expect(prefixes((await gc()).json)).toEqual([alive]);
});
