import { CxrError } from '../../errors.js';
import { readRows } from '../../pacs/database.js';
import { type PacsRecord, recordsOf } from '../../pacs/records.js';
import type { PacsRow } from '../../pacs/row.js';
import type { PacsIo, PacsRun, PacsSnapshot } from '../api/pacs.js';
import { beating } from '../beat.js';
import type { Deps } from '../deps.js';
import { patiently } from '../patience.js';
import { unitOf } from './places.js';
import { readSealed, staged, writeSealed } from './sealed.js';
import type { PacsTools } from './tools.js';

/**
 * The ordered keys, once: pages are ranges of what the query said at one moment, so rows that come or go meanwhile
 * move none of them. A repeat finds what was snapshot.
 */
export function snapshotPacs(deps: Deps, tools: PacsTools): PacsIo['snapshotPacs'] {
  return (run) =>
    beating<PacsSnapshot, undefined>((_, signal) =>
      patiently(run.retry, signal, async () => {
        const key = staged.snapshot(run);
        if (await deps.objects.stat(key)) return await readSealed<PacsSnapshot>(deps, key);
        const snapshot = await take(deps, tools, run, signal);
        await writeSealed(deps, key, snapshot);
        deps.log.info({ run: run.runId, ...snapshot }, 'pacsExport: keys are snapshot');
        return snapshot;
      }),
    );
}

async function take(deps: Deps, tools: PacsTools, run: PacsRun, signal: AbortSignal): Promise<PacsSnapshot> {
  const sql = await readSealed<string>(deps, staged.query(run));
  const { studies: most, order, seed, maxRows, statementTimeout } = run;
  const parameters = {
    ...{ studies: most, order, seed },
    modality: run.modality ?? null,
    body_part: run.bodyPart ?? null,
  };
  let rows = 0;
  async function* counted(pages: AsyncIterable<readonly PacsRow[]>) {
    for await (const page of pages) {
      rows += page.length;
      yield page;
    }
  }
  const read = readRows(tools.pool(run.database), { sql, parameters, maxRows, statementTimeout }, signal);
  const options = { unitOf: unitOf(deps.keyring.pathKey, run.database), maxReport: run.maxReport };
  let page: PacsRecord[] = [];
  let pages = 0;
  let records = 0;
  let studies = 0;
  for await (const record of recordsOf(counted(read), options)) {
    page.push(record);
    records += 1;
    studies = record.study + 1;
    if (page.length < run.pageSize) continue;
    await writeSealed(deps, staged.page(run, pages++), page);
    page = [];
  }
  if (page.length > 0) await writeSealed(deps, staged.page(run, pages++), page);
  if (records === 0) throw new CxrError('PACS_NO_ROWS');
  return { rows, records, studies, pages };
}
