import { sql } from 'kysely';
import { batch } from './batch.js';
import type { Trx } from './database.js';

/** A study as one file states it; all ids are pseudonyms. */
export interface StudyClaim {
  readonly studyUid: string;
  readonly patient: string;
  /** False where the file had no usable patient id: `patient` then stands for this study alone. */
  readonly patientKnown: boolean;
  readonly source: string;
  /** Shifted, `YYYY-MM-DD`. */
  readonly studyDate?: string | undefined;
  readonly fileId: string;
}

export interface PatientConflict {
  readonly studyUid: string;
  readonly fileId: string;
  /** The pseudonym the study has, and the one that came. */
  readonly patient: string;
  readonly other: string;
}

/**
 * Binds each study to one patient: the first stays, within the batch by its order. A study of two patients
 * is never settled by a guess; the files named here belong in quarantine as PATIENT_CONFLICT.
 */
export async function assignPatients(
  trx: Trx,
  claims: readonly StudyClaim[],
): Promise<readonly PatientConflict[]> {
  const rows = batch(claims.map((claim, n) => ({ n, ...claim })));
  const shape = sql`(n int, "studyUid" text, patient text, "patientKnown" boolean, source text,
    "studyDate" date, "fileId" text)`;
  await sql`
    insert into studies (study_uid, patient, patient_known, source, study_date, first_file_id)
    select distinct on (r."studyUid") r."studyUid", r.patient, r."patientKnown", r.source, r."studyDate", r."fileId"
    from jsonb_to_recordset(${rows}) as r${shape}
    order by r."studyUid", r.n
    on conflict (study_uid) do nothing`.execute(trx);
  const conflicts = await sql<PatientConflict>`
    select s.study_uid as "studyUid", r."fileId", s.patient, r.patient as other
    from jsonb_to_recordset(${rows}) as r${shape} join studies s on s.study_uid = r."studyUid"
    where s.patient <> r.patient
    order by r.n`.execute(trx);
  return conflicts.rows;
}
