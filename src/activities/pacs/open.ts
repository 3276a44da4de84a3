import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { publicConfig } from '../../config/load.js';
import { readDeviceRules } from '../../dicom/burnin/rules.js';
import { TABLE_SOURCE } from '../../dicom/deidentify/table.js';
import { CxrError } from '../../errors.js';
import type { Sensitive } from '../../privacy/sensitive.js';
import { parseRoot } from '../../storage/open.js';
import type { PacsInput, PacsMain, PacsRun } from '../api/pacs.js';
import { beating } from '../beat.js';
import type { Deps } from '../deps.js';
import { beginRun, runBase } from '../main/open-base.js';
import { readProfile } from '../main/open-run.js';
import { patiently } from '../patience.js';
import { destinationOf } from './places.js';
import { staged, writeSealed } from './sealed.js';

const SHIPPED_QUERY = fileURLToPath(new URL('../../../config/pacs/query.sql', import.meta.url));
const MOST_QUERY = 2 ** 20;
/** At about 6 events each a history stays below 10,000. */
const BATCHES_A_PASS = 1_000;

/** Opens an export: what it uses of the configuration is read here, once; its destination is taken. */
export function openPacsExport(deps: Deps): PacsMain['openPacsExport'] {
  return (input) =>
    beating<PacsRun, undefined>((_, signal) => patiently(deps.config.retry, signal, () => open(deps, input)));
}

async function open(deps: Deps, input: PacsInput): Promise<PacsRun> {
  const { settings } = publicConfig(deps.config);
  const { pacsExport, ingest, render, deidentify } = settings;
  const database = input.database ?? pacsExport.database;
  databaseUrl(deps, database);
  const sql = readQuery(input.query ?? pacsExport.query ?? SHIPPED_QUERY);
  const destination = await openDestination(deps, input.destination ?? pacsExport.destination);
  const profile = readProfile(input.profile ?? ingest.profile);
  const rules = deidentify.deviceRules;
  const deviceRules = rules === undefined ? undefined : readDeviceRules(rules);
  const ids = input.ids ?? pacsExport.ids;
  const issuer = pacsExport.issuer ?? `pacs:${database}`;
  const run: PacsRun = {
    ...runBase(deps, {
      type: 'pacsExport',
      source: `pacs:${database}`,
      concurrency: input.concurrency ?? pacsExport.concurrency,
      lease: `pacsExport:${destination}`,
    }),
    database,
    queryHash: sha256(sql),
    studies: input.studies ?? pacsExport.studies,
    order: input.order ?? pacsExport.order,
    seed: input.seed ?? pacsExport.seed,
    modality: input.modality,
    bodyPart: input.bodyPart,
    pageSize: input.pageSize ?? pacsExport.pageSize,
    batchSize: input.batchSize ?? pacsExport.batchSize,
    destination,
    ids,
    sourceReferences: input.sourceReferences ?? pacsExport.sourceReferences,
    reports: input.reports ?? pacsExport.reports,
    formats: input.formats ?? pacsExport.formats,
    profile: profile.name,
    profileText: profile.source,
    deviceRules,
    issuer,
    window: render.window,
    maxRows: pacsExport.maxRows,
    maxReport: pacsExport.maxReport,
    statementTimeout: pacsExport.statementTimeout,
    batchesAPass: BATCHES_A_PASS,
    fileSettings: sha256(
      JSON.stringify([profile.hash, deviceRules ?? null, ids, issuer, render.window, deps.keyring.epoch]),
    ).slice(0, 16),
  };
  const begun = await beginRun(deps, run, TABLE_SOURCE);
  await writeSealed(deps, staged.query(run), sql);
  return begun;
}

/** @throws CxrError BAD_INPUT where no such connection is configured, or its variable is not set */
export function databaseUrl({ config }: Pick<Deps, 'config'>, name: string): Sensitive<string> {
  const configured = config.databases[name];
  const names = Object.keys(config.databases).join(', ');
  if (configured === undefined)
    throw new CxrError('BAD_INPUT', `database: no such name under databases (there are: ${names})`);
  const url = config.secrets.databases[name];
  if (url === undefined)
    throw new CxrError(
      'BAD_INPUT',
      `database: ${name} has no URL; set ${configured.urlFrom ?? 'its urlFrom'}`,
    );
  return url;
}

/** @throws CxrError BAD_INPUT for a file that cannot be read, is empty, or is no query by its size */
export function readQuery(path: string): string {
  let sql: string;
  try {
    sql = readFileSync(path, 'utf8');
  } catch (error) {
    throw new CxrError(
      'BAD_INPUT',
      `query: the file cannot be read (${(error as NodeJS.ErrnoException).code})`,
    );
  }
  if (sql.trim() === '') throw new CxrError('BAD_INPUT', 'query: the file is empty');
  if (sql.length > MOST_QUERY) throw new CxrError('BAD_INPUT', 'query: the file is larger than 1 MiB');
  return sql.replace(/^\ufeff/, '');
}

/** A folder whose parent is there is made, and the default one below the storage root. */
async function openDestination(deps: Deps, asked: string | undefined): Promise<string> {
  const uri = asked ?? `${deps.config.storage.root.replace(/\/$/, '')}/exports/pacs`;
  const destination = parseRoot(uri).uri.replace(/\/$/, '');
  const { store, prefix } = destinationOf(deps, destination);
  if (prefix === '' && store.scheme === 'file') await store.ensure();
  await store.check();
  return destination;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
