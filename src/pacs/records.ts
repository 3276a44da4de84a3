import type { PacsRow } from './row.js';

/** One file of the export: the rows of a query that name it, in one. Sealed wherever it rests. */
export interface PacsRecord {
  /** Keyed hash of (study_id, series_id, instance_id, file_path): what is done once. */
  readonly unit: string;
  /** Number of the study in this export, from 0; records of a study follow one another. */
  readonly study: number;
  readonly studyId: string | null;
  readonly seriesId: string | null;
  readonly seriesNumber: string | null;
  readonly instanceId: string | null;
  readonly instanceNumber: string | null;
  readonly filePath: string | null;
  readonly fileUrl: string | null;
  readonly createdAt: string | null;
  /** On the first record of a study. */
  readonly about?: StudyText;
}

export interface StudyText {
  /** The different texts of the study's rows in their order, a blank line between them. */
  readonly report: string;
  /** Longer than allowed: `report` is empty. */
  readonly tooLarge: boolean;
  /** Different values of the further columns, by column. */
  readonly identifiers: Readonly<Record<string, readonly string[]>>;
}

export interface RecordOptions {
  readonly unitOf: (studyId: string, seriesId: string, instanceId: string, filePath: string) => string;
  /** Of the report of a study, bytes. */
  readonly maxReport: number;
}

/** Of one column, in one study; a study of more has a column that identifies nobody. */
const MOST_VALUES = 1_000;

/**
 * Rows to records. A study with several report fields has several rows a file: its texts become one report, its
 * files one record each. Rows without a study_id belong to no other row.
 *
 * @param pages rows of a study together
 */
export async function* recordsOf(
  pages: AsyncIterable<readonly PacsRow[]>,
  options: RecordOptions,
): AsyncGenerator<PacsRecord> {
  let study: Study | undefined;
  let number = 0;
  for await (const page of pages) {
    for (const row of page) {
      if (study === undefined || row.study_id === null || row.study_id !== study.id) {
        if (study) yield* study.records(number++);
        study = new Study(row.study_id, options);
      }
      study.add(row);
    }
  }
  if (study) yield* study.records(number);
}

class Study {
  readonly id: string | null;
  readonly #options: RecordOptions;
  readonly #rows = new Map<string, PacsRow>();
  readonly #texts = new Set<string>();
  readonly #identifiers = new Map<string, Set<string>>();
  #bytes = 0;

  constructor(id: string | null, options: RecordOptions) {
    this.id = id;
    this.#options = options;
  }

  add(row: PacsRow): void {
    const unit = this.#options.unitOf(
      row.study_id ?? '',
      row.series_id ?? '',
      row.instance_id ?? '',
      row.file_path ?? '',
    );
    if (!this.#rows.has(unit)) this.#rows.set(unit, row);
    this.#addText(row.report_value?.trim() ?? '');
    for (const [column, value] of Object.entries(row.others)) {
      if (value === null || value.trim() === '') continue;
      const values = this.#identifiers.get(column) ?? new Set();
      if (values.size < MOST_VALUES) values.add(value);
      this.#identifiers.set(column, values);
    }
  }

  #addText(text: string): void {
    if (text === '' || this.#bytes > this.#options.maxReport || this.#texts.has(text)) return;
    this.#bytes += Buffer.byteLength(text) + (this.#texts.size > 0 ? 2 : 0);
    if (this.#bytes > this.#options.maxReport) this.#texts.clear();
    else this.#texts.add(text);
  }

  *records(study: number): Generator<PacsRecord> {
    let about: StudyText | undefined = {
      report: [...this.#texts].join('\n\n'),
      tooLarge: this.#bytes > this.#options.maxReport,
      identifiers: Object.fromEntries([...this.#identifiers].map(([name, set]) => [name, [...set]])),
    };
    for (const [unit, row] of this.#rows) {
      yield {
        unit,
        study,
        studyId: row.study_id,
        seriesId: row.series_id,
        seriesNumber: row.series_number,
        instanceId: row.instance_id,
        instanceNumber: row.instance_number,
        filePath: row.file_path,
        fileUrl: row.file_url,
        createdAt: row.field_created_at,
        ...(about && { about }),
      };
      about = undefined;
    }
  }
}
