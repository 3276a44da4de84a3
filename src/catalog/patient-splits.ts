import { sql } from 'kysely';
import { batch } from './batch.js';
import type { Db } from './database.js';

export interface PatientSplit {
  readonly patient: string;
  readonly split: string;
}

const PAGE = 5_000;

/** Splits that earlier versions of a dataset gave to patients and images, by their pseudonym. */
export async function rememberedSplits(db: Db, dataset: string): Promise<ReadonlyMap<string, string>> {
  const splits = new Map<string, string>();
  for (let after = ''; ; ) {
    const page = await db
      .selectFrom('patient_splits')
      .select(['patient', 'split'])
      .where('dataset', '=', dataset)
      .where('patient', '>', after)
      .orderBy('patient')
      .limit(PAGE)
      .execute();
    for (const { patient, split } of page) splits.set(patient, split);
    if (page.length < PAGE) return splits;
    after = page[page.length - 1]?.patient ?? '';
  }
}

/** Remembers splits for every later version. What is remembered already stays as it is. */
export async function rememberSplits(
  db: Db,
  dataset: string,
  version: string,
  splits: Iterable<PatientSplit>,
): Promise<void> {
  let part: PatientSplit[] = [];
  const flush = async () => {
    if (part.length === 0) return;
    await sql`
      insert into patient_splits (dataset, patient, split, version)
      select distinct on (r.patient) ${dataset}, r.patient, r.split, ${version}
      from jsonb_to_recordset(${batch(part)}) as r(patient text, split text)
      on conflict (dataset, patient) do nothing`.execute(db);
    part = [];
  };
  for (const split of splits) {
    part.push(split);
    if (part.length === 1_000) await flush();
  }
  await flush();
}
