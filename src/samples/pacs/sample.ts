import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { planStudies, renderPlan } from '../plan.js';
import { reportOf } from './report.js';
import { PACS_SCHEMA } from './schema.js';

export interface PacsSampleOptions {
  /** Default 20. */
  readonly studies?: number;
  /** The same seed writes the same bytes and rows. Default 1. */
  readonly seed?: number;
  readonly size?: { readonly rows: number; readonly columns: number };
}

export interface PacsSample {
  readonly studies: number;
  readonly instances: readonly {
    readonly instanceId: string;
    readonly studyId: string;
    readonly path: string;
  }[];
  /** Every identifying text of the rows, the files and their names: none may be in what is exported. */
  readonly identifiers: readonly string[];
  readonly birthDates: readonly string[];
  /** The rows, table by table. */
  readonly rows: Readonly<Record<string, readonly object[]>>;
}

/** The files of a made-up PACS below a folder, and its rows. */
export async function writePacsSample(
  folder: string,
  { studies = 20, seed = 1, size = { rows: 512, columns: 420 } }: PacsSampleOptions = {},
): Promise<PacsSample> {
  const plan = planStudies({ studies, seed, laterals: true });
  const rows = {
    patients: [],
    studies: [],
    series: [],
    instances: [],
    reports: [],
    report_fields: [],
  } as Record<string, object[]>;
  const add = (table: string, row: object) => rows[table]?.push(row);
  const patients = new Set<string>();
  for (const [n, study] of plan.studies.entries()) {
    const { patient } = study;
    if (!patients.has(patient.id))
      add('patients', {
        patient_id: patient.id,
        patient_name: `${patient.family}^${patient.given}`,
        birth_date: patient.birthDate,
        ...{ sex: patient.sex, phone: patient.phone, address: patient.address },
      });
    patients.add(patient.id);
    const at = `${study.date.slice(0, 4)}-${study.date.slice(4, 6)}-${study.date.slice(6)}T${study.time.slice(0, 2)}:${study.time.slice(2, 4)}:00Z`;
    add('studies', {
      ...{ study_id: study.uid, patient_id: patient.id, accession_number: study.accession, study_date: at },
      ...{ modality: 'CR', body_part: 'CHEST', deleted: false },
    });
    add('reports', { report_id: n + 1, study_id: study.uid, deleted: false });
    const report = reportOf(study, seed * 1_000 + n);
    for (const [position, name] of (['findings', 'impression'] as const).entries())
      add('report_fields', {
        ...{ report_id: n + 1, position, name, field_value: report[name], created_at: at },
      });
  }
  const instances: { instanceId: string; studyId: string; path: string }[] = [];
  for (const film of plan.films) {
    const { seriesUid, seriesNumber, sopInstanceUid, instanceNumber } = film.place;
    const target = join(folder, film.path);
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, await renderPlan(film, size));
    add('series', {
      ...{ series_id: seriesUid, study_id: film.study.uid, series_number: seriesNumber, deleted: false },
    });
    add('instances', {
      ...{ instance_id: sopInstanceUid, series_id: seriesUid, instance_number: instanceNumber },
      ...{ file_path: film.path, file_url: null, deleted: false },
    });
    instances.push({ instanceId: sopInstanceUid, studyId: film.study.uid, path: film.path });
  }
  return {
    ...{ studies: plan.studies.length, instances, rows },
    identifiers: [...new Set(plan.identifiers)],
    birthDates: [...new Set(plan.studies.map(({ patient }) => patient.birthDate))],
  };
}

/**
 * Makes the schema `pacs` of a database anew, with the rows of a sample.
 *
 * @param fileUrl where a path below the sample's folder is served; none: rows have their path only
 * @throws the database's error
 */
export async function seedPacs(
  url: string,
  { rows }: PacsSample,
  fileUrl?: (path: string) => string,
): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query('BEGIN');
    await client.query(PACS_SCHEMA);
    for (const [table, values] of Object.entries(rows))
      await client.query(
        `INSERT INTO pacs.${table} SELECT * FROM jsonb_populate_recordset(NULL::pacs.${table}, $1)`,
        [JSON.stringify(values)],
      );
    if (fileUrl) {
      const urls = (rows.instances as readonly { instance_id: string; file_path: string }[]).map((row) => ({
        id: row.instance_id,
        url: fileUrl(row.file_path),
      }));
      await client.query(
        `UPDATE pacs.instances i SET file_url = u.url
         FROM jsonb_to_recordset($1) AS u(id text, url text) WHERE u.id = i.instance_id`,
        [JSON.stringify(urls)],
      );
    }
    await client.query('COMMIT');
  } finally {
    await client.end();
  }
}
