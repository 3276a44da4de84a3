import { condition, makeContinueAsNewFunc } from '@temporalio/workflow';
import type {
  PacsBatchResult,
  PacsCpu,
  PacsIo,
  PacsMain,
  PacsRun,
  PacsSnapshot,
  PacsTables,
  PacsTotals,
} from '../activities/api/pacs.js';
import type { Counts } from '../activities/api.js';
import { checkInput, type Inputs } from './input.js';
import { type Opened, opening, orAbandon, RunSteering } from './run-steering.js';
import { activitiesOn, main as runs } from './stages.js';
import { label } from './steer.js';

const main = activitiesOn<PacsMain>('main');
const io = activitiesOn<PacsIo>('io');
const cpu = activitiesOn<PacsCpu>('cpu');

export interface PacsExportResult extends Counts {
  readonly records: number;
  readonly pages: number;
  readonly downloaded: number;
  readonly uploaded: number;
  readonly failed: number;
  /** URI of the table. */
  readonly csv: string;
  /** URI of the report for the privacy officer, and of the reports set aside to be read. */
  readonly report?: string;
  readonly sample?: string;
  /** Seconds by phase. */
  readonly timings: Readonly<Record<Phase, number>>;
  /** A line a phase. */
  readonly summary: readonly string[];
}

type Phase = 'query' | 'files' | 'tables';

/** What crosses continue-as-new. */
interface Carried extends Opened<PacsRun> {
  readonly snapshot: PacsSnapshot | undefined;
  /** Batches begun, by all passes; they are numbered through. */
  readonly begun: number;
  readonly totals: PacsTotals;
  /** When the phase began, and how long the earlier ones took. */
  readonly since: number;
  readonly timings: Partial<Record<Phase, number>>;
}

const NOTHING: PacsTotals = {
  ...{ batches: 0, records: 0, done: 0, skipped: 0, found: 0, downloaded: 0, uploaded: 0, failed: 0 },
  errors: {},
};

/**
 * Studies of a PACS database as a dataset: DICOM and JPEG files and one table, in a bucket.
 * @param carried only from the run before it in the chain of continue-as-new
 */
export async function pacsExport(input?: Inputs['pacsExport'], carried?: Carried): Promise<PacsExportResult> {
  const checked = checkInput('pacsExport', input);
  const first = carried ?? {
    ...(await opening('pacsExport', () => main.openPacsExport(checked))),
    ...{ snapshot: undefined, begun: 0, totals: NOTHING, since: Date.now(), timings: {} },
  };
  const result = await new Export(first).execute();
  return 'run' in result ? makeContinueAsNewFunc<typeof pacsExport>()(checked, result) : result;
}

/** The query once, then a window of batches over its pages, then the table. */
class Export {
  readonly #run: PacsRun;
  readonly #steering: RunSteering;
  #now: Omit<Carried, 'run' | 'control'>;
  #phase: Phase = 'query';
  #running = 0;
  #failure: unknown;
  /** Batches begun by earlier passes. */
  readonly #first: number;

  constructor({ run, control, ...now }: Carried) {
    this.#run = run;
    this.#now = now;
    this.#first = now.begun;
    this.#steering = new RunSteering(control, () => ({
      type: 'pacsExport',
      state: this.#phase === 'tables' ? 'finishing' : 'running',
      source: run.source,
      counts: this.#counts(),
      facts: this.#facts(),
    }));
    label(run, 'pacsExport');
  }

  /** @returns the result, or what the next pass needs */
  execute(): Promise<PacsExportResult | Carried> {
    return orAbandon(
      this.#run,
      () => this.#execute(),
      () => this.#running === 0,
    );
  }

  async #execute(): Promise<PacsExportResult | Carried> {
    const run = this.#run;
    const snapshot = this.#now.snapshot ?? (await this.#steering.steadily(() => io.snapshotPacs(run)));
    if (this.#now.snapshot === undefined) this.#end('query', { snapshot });
    this.#phase = 'files';
    this.#steering.show();
    if (await this.#window(snapshot)) return { run, control: this.#steering.control.state, ...this.#now };
    this.#end('files', {});
    this.#phase = 'tables';
    this.#steering.show();
    const { totals, timings } = this.#now;
    const counts = this.#counts();
    const tables = await this.#steering.steadily(() =>
      cpu.writePacsTables({ run, snapshot, totals, counts, timings: timings as Record<string, number> }),
    );
    this.#end('tables', {});
    await this.#steering.steadily(() => runs.endRun({ run, counts }));
    return this.#result(snapshot, tables);
  }

  #end(phase: Phase, more: Partial<Carried>): void {
    const now = Date.now();
    const seconds = Math.round((now - this.#now.since) / 100) / 10;
    this.#now = {
      ...{ ...this.#now, ...more },
      ...{ since: now, timings: { ...this.#now.timings, [phase]: seconds } },
    };
  }

  /** `concurrency` batches at a time, across the borders of pages. @returns whether it goes on in a new pass */
  async #window(snapshot: PacsSnapshot): Promise<boolean> {
    const { pageSize, batchSize } = this.#run;
    const perPage = Math.ceil(pageSize / batchSize);
    const inPage = (page: number) => Math.min(pageSize, snapshot.records - page * pageSize);
    for (let full = false; ; ) {
      const page = Math.floor(this.#now.begun / perPage);
      const batch = this.#now.begun % perPage;
      if (page >= snapshot.pages || full) {
        await condition(() => this.#running === 0 || this.#failure !== undefined);
        if (this.#failure !== undefined) throw this.#failure;
        return page < snapshot.pages;
      }
      await this.#steering.whenRunning();
      await condition(
        () => this.#running < this.#steering.control.concurrency || this.#failure !== undefined,
      );
      if (this.#failure !== undefined) throw this.#failure;
      // While it waited for a place somebody may have paused it.
      if (this.#steering.control.paused) continue;
      this.#now = { ...this.#now, begun: this.#now.begun + 1 };
      const from = batch * batchSize;
      // The last page may have fewer batches.
      if (from < inPage(page)) this.#begin(page, batch, from, Math.min(from + batchSize, inPage(page)));
      full = this.#now.begun - this.#first >= this.#run.batchesAPass;
    }
  }

  #begin(page: number, batch: number, from: number, to: number): void {
    this.#running += 1;
    this.#steering
      .steadily(() => cpu.exportBatch({ run: this.#run, page, batch, from, to }))
      .then((result) => this.#add(result))
      .catch((error: unknown) => {
        this.#failure ??= error;
      })
      .finally(() => {
        this.#running -= 1;
        this.#steering.show();
      });
  }

  #add(result: PacsBatchResult): void {
    const { totals } = this.#now;
    const errors = { ...totals.errors };
    for (const [code, count] of Object.entries(result.errors)) errors[code] = (errors[code] ?? 0) + count;
    this.#now = {
      ...this.#now,
      totals: {
        batches: totals.batches + 1,
        records: totals.records + result.records,
        done: totals.done + result.done,
        skipped: totals.skipped + result.skipped,
        found: totals.found + result.found,
        downloaded: totals.downloaded + result.downloaded,
        uploaded: totals.uploaded + result.uploaded,
        failed: totals.failed + result.failed,
        errors,
      },
    };
  }

  #counts(): Counts {
    const { records, done, skipped, failed } = this.#now.totals;
    return { found: records, done, skipped, ignored: 0, quarantined: failed };
  }

  #facts(): Record<string, string | number> {
    const { snapshot, totals } = this.#now;
    return {
      phase: this.#phase,
      ...(snapshot && { records: `${totals.records} of ${snapshot.records}`, pages: snapshot.pages }),
      ...{ downloaded: totals.downloaded, uploaded: totals.uploaded, failed: totals.failed },
    };
  }

  #result(snapshot: PacsSnapshot, tables: PacsTables): PacsExportResult {
    const { totals, timings } = this.#now;
    const { query = 0, files = 0, tables: writing = 0 } = timings;
    return {
      ...this.#counts(),
      ...{ records: snapshot.records, pages: snapshot.pages, downloaded: totals.downloaded },
      ...{ uploaded: totals.uploaded, failed: totals.failed, csv: tables.csv },
      ...(tables.report && { report: tables.report }),
      ...(tables.sample && { sample: tables.sample }),
      timings: { query, files, tables: writing },
      summary: [
        `query: ${snapshot.rows} rows, ${snapshot.records} records of ${snapshot.studies} studies in ${snapshot.pages} pages, ${query} s`,
        `files: ${totals.found} found, ${totals.downloaded} downloaded, ${totals.uploaded} uploaded, ${totals.skipped} there before, ${totals.failed} failed, ${files} s`,
        `tables: ${tables.rows} rows, ${tables.reports} studies with a report, ${writing} s`,
      ],
    };
  }
}
