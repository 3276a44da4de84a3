import { createHash } from 'node:crypto';
import { TABLE_SOURCE } from '../../dicom/deidentify/table.js';
import { csvLines, ERROR_COLUMNS, type ErrorRow, TABLE_COLUMNS, type TableRow } from '../../pacs/csv.js';
import { parquetOf } from '../../pacs/parquet.js';
import { readme } from '../../pacs/readme.js';
import type { PacsRecord } from '../../pacs/records.js';
import { uriOf } from '../../storage/open.js';
import type { PacsCpu, PacsRun, PacsTables } from '../api/pacs.js';
import { beating } from '../beat.js';
import type { Deps } from '../deps.js';
import { each } from '../each.js';
import { writeReport } from '../main/close-run.js';
import { reportsOf } from '../main/run-id.js';
import { patiently } from '../patience.js';
import { readResults } from './batch.js';
import { destinationOf, files } from './places.js';
import { readSealed, staged, writeSealed } from './sealed.js';
import { type StudyRecords, type StudyRows, studyRows } from './study.js';

type Input = Parameters<PacsCpu['writePacsTables']>[0];

/** Studies cleaned before their rows are put down. */
const PART = 100;
/** Of the reports, set aside for a person to read. */
const SAMPLE_SHARE = 0.02;

interface Part {
  readonly rows: readonly TableRow[];
  readonly errors: readonly ErrorRow[];
}

/** Reports are cleaned, study by study; then the files of the table are written, each whole or not at all. */
export function writePacsTables(deps: Deps): PacsCpu['writePacsTables'] {
  return (input) =>
    beating<PacsTables, undefined>((_, signal) =>
      patiently(input.run.retry, signal, () => write(deps, input, signal)),
    );
}

async function write(deps: Deps, input: Input, signal: AbortSignal): Promise<PacsTables> {
  const started = Date.now();
  const { run } = input;
  const tally = new Tally();
  const parts = await cleanParts(deps, input, tally, signal);
  const { store, prefix } = destinationOf(deps, run.destination);
  const put = (name: string, body: AsyncIterable<Uint8Array> | Uint8Array, contentType: string) =>
    store.write(prefix + name, body, { contentType, signal });
  const rows = () => partsOf(deps, run, parts, (part) => part.rows);
  const csv = 'text/csv; charset=utf-8';
  if (run.formats.includes('parquet'))
    await put(files.parquet, parquetOf(rows()), 'application/vnd.apache.parquet');
  if (run.formats.includes('jsonl')) await put(files.jsonl, pairsOf(rows()), 'application/x-ndjson');
  await put(
    files.errors,
    csvOf(
      partsOf(deps, run, parts, (part) => part.errors),
      ERROR_COLUMNS,
    ),
    csv,
  );
  await put(files.csv, csvOf(rows(), TABLE_COLUMNS), csv);
  const sample = await setAside(deps, run, tally);
  const seconds = { ...input.timings, tables: Math.round((Date.now() - started) / 100) / 10 };
  const text = readme(factsOf(deps, input, tally, seconds));
  await put(files.readme, Buffer.from(text), 'text/markdown; charset=utf-8');
  const report = await writeReport(deps, run);
  deps.log.info(
    { run: run.runId, rows: tally.rows, reports: tally.reports },
    'pacsExport: tables are written',
  );
  return {
    csv: uriOf(run.destination, files.csv),
    rows: tally.rows,
    reports: tally.reports,
    ...(report && { report }),
    ...(sample && { sample }),
  };
}

/** What the README tells of the reports. */
class Tally {
  rows = 0;
  reports = 0;
  unnamed = 0;
  withheld = 0;
  readonly placeholders: Record<string, number> = {};
  readonly sample: { study_id: string; report_value: string }[] = [];
  #first: { study_id: string; report_value: string } | undefined;

  add({ studyId, rows, report, named, withheld }: StudyRows): void {
    this.rows += rows.length;
    if (withheld) this.withheld += 1;
    if (report === '') return;
    this.reports += 1;
    if (!named) this.unnamed += 1;
    for (const [placeholder] of report.matchAll(/\[(?:NAME|ID|DATE|PHONE|EMAIL|URL|ADDRESS)\]/g))
      this.placeholders[placeholder] = (this.placeholders[placeholder] ?? 0) + 1;
    const chosen = { study_id: studyId, report_value: report };
    this.#first ??= chosen;
    if (share(studyId) < SAMPLE_SHARE) this.sample.push(chosen);
  }

  /** At least one, where there is any. */
  get setAside(): readonly { study_id: string; report_value: string }[] {
    return this.sample.length > 0 || !this.#first ? this.sample : [this.#first];
  }
}

/** The same number in [0, 1) for the same study, in every run. */
function share(studyId: string): number {
  return createHash('sha256').update(studyId).digest().readUInt32BE(0) / 2 ** 32;
}

async function cleanParts(deps: Deps, input: Input, tally: Tally, signal: AbortSignal): Promise<number> {
  const { run } = input;
  let part = 0;
  let studies: StudyRecords[] = [];
  const flush = async () => {
    const cleaned = await each(studies, deps.pool.threads + 2, (study) =>
      studyRows(deps, run, study, signal),
    );
    for (const study of cleaned) tally.add(study);
    await writeSealed(deps, staged.table(run, part), {
      rows: cleaned.flatMap(({ rows }) => rows),
      errors: cleaned.flatMap(({ errors }) => errors),
    } satisfies Part);
    part += 1;
    studies = [];
  };
  for await (const study of studiesOf(deps, input)) {
    signal.throwIfAborted();
    studies.push(study);
    if (studies.length === PART) await flush();
  }
  if (studies.length > 0) await flush();
  return part;
}

/** Studies in order; one may begin on a page and end on a later one. */
async function* studiesOf(deps: Deps, { run, snapshot }: Input): AsyncGenerator<StudyRecords> {
  let study: StudyRecords[number][] = [];
  for (let page = 0; page < snapshot.pages; page++) {
    const records = await readSealed<PacsRecord[]>(deps, staged.page(run, page));
    for (let from = 0, batch = 0; from < records.length; from += run.batchSize, batch++) {
      for (const [i, result] of (await readResults(deps, run, page, batch)).entries()) {
        const record = records[from + i] as PacsRecord;
        if (study.length > 0 && study[0]?.record.study !== record.study) {
          yield study;
          study = [];
        }
        study.push({ record, result });
      }
    }
  }
  if (study.length > 0) yield study;
}

async function* partsOf<T>(
  deps: Deps,
  run: PacsRun,
  parts: number,
  of: (part: Part) => readonly T[],
): AsyncGenerator<readonly T[]> {
  for (let part = 0; part < parts; part++) yield of(await readSealed<Part>(deps, staged.table(run, part)));
}

async function* csvOf(
  parts: AsyncIterable<readonly object[]>,
  columns: readonly string[],
): AsyncGenerator<Uint8Array> {
  let first = true;
  for await (const rows of parts) {
    if (rows.length === 0 && !first) continue;
    yield Buffer.from(
      first && rows.length === 0 ? `${columns.join(',')}\r\n` : csvLines(rows, columns, first),
    );
    first = false;
  }
}

/** Pairs for vision-language training: what has both an image and a report. */
async function* pairsOf(parts: AsyncIterable<readonly TableRow[]>): AsyncGenerator<Uint8Array> {
  for await (const rows of parts) {
    const pairs = rows
      .filter((row) => row.downloaded && row.report_value !== '')
      .map((row) => ({
        image: files.jpeg(row.local_file_path.replace(/^.*\/|\.dcm$/g, '')),
        text: row.report_value,
        study_id: row.study_id,
        instance_id: row.instance_id,
      }));
    yield Buffer.from(pairs.map((pair) => `${JSON.stringify(pair)}\n`).join(''));
  }
}

/** In the store of cxrflow, beside the report for the privacy officer: not in the dataset. */
async function setAside(deps: Deps, run: PacsRun, { setAside: sample }: Tally): Promise<string | undefined> {
  if (sample.length === 0) return undefined;
  const key = `${reportsOf(run.runId)}reports-to-read.csv`;
  const body = Buffer.from(csvLines(sample, ['study_id', 'report_value'], true));
  await deps.objects.write(key, body, { contentType: 'text/csv; charset=utf-8' });
  return uriOf(deps.objects.root, key);
}

function factsOf(
  deps: Deps,
  { run, snapshot, totals }: Input,
  tally: Tally,
  seconds: Readonly<Record<string, number>>,
): Parameters<typeof readme>[0] {
  const { studies, order, seed, modality, bodyPart } = run;
  return {
    ...{ destination: run.destination, database: run.database, queryHash: run.queryHash },
    selection: { studies, order, seed, modality, bodyPart },
    ...{ records: snapshot.records, studies: snapshot.studies, pages: snapshot.pages },
    ...{ found: totals.found, downloaded: totals.downloaded, uploaded: totals.uploaded },
    ...{ present: totals.skipped, failed: totals.failed, errors: totals.errors, seconds },
    ...{ ids: run.ids, sourceReferences: run.sourceReferences, reports: run.reports, formats: run.formats },
    reportCounts: {
      ...{ exported: tally.reports, unnamed: tally.unnamed, withheld: tally.withheld },
      sampled: tally.setAside.length,
    },
    placeholders: tally.placeholders,
    ...{ profile: run.profile, table: TABLE_SOURCE, keyEpoch: deps.keyring.epoch },
    codeVersion: deps.codeVersion,
  };
}
