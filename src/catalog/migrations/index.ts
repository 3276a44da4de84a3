import { ledger } from './001-ledger.js';
import { datasetVersions } from './002-dataset-versions.js';
import { patientSplits } from './003-patient-splits.js';
import { pacsExports } from './004-pacs-exports.js';
import { annotations } from './005-annotations.js';
import { backfill } from './006-backfill.js';
import { models } from './007-models.js';
import { feedback } from './008-feedback.js';

/** In order and never edited once released: a change of the schema is a new file. Plain SQL, both engines. */
export const MIGRATIONS: readonly {
  readonly version: number;
  readonly name: string;
  readonly sql: string;
}[] = [
  { version: 1, name: 'ledger', sql: ledger },
  { version: 2, name: 'dataset-versions', sql: datasetVersions },
  { version: 3, name: 'patient-splits', sql: patientSplits },
  { version: 4, name: 'pacs-exports', sql: pacsExports },
  { version: 5, name: 'annotations', sql: annotations },
  { version: 6, name: 'backfill', sql: backfill },
  { version: 7, name: 'models', sql: models },
  { version: 8, name: 'feedback', sql: feedback },
];
