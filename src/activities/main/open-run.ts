import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { publicConfig } from '../../config/load.js';
import { readDeviceRules } from '../../dicom/burnin/rules.js';
import { loadProfile, type Profile, shippedProfiles } from '../../dicom/deidentify/profile.js';
import { TABLE_SOURCE } from '../../dicom/deidentify/table.js';
import { CxrError } from '../../errors.js';
import type { MainActivities, RunSettings } from '../api.js';
import { beating } from '../beat.js';
import type { Deps } from '../deps.js';
import { SHIPPED_MODEL } from '../gpu/quality-models.js';
import { patiently } from '../patience.js';
import { requireBackfill } from './lease.js';
import { beginRun, runBase } from './open-base.js';
import { resolveSource, type Source } from './source.js';

/** At 30 to 40 events each a history stays below 10,000. */
const SHARDS_A_PASS = 200;

/**
 * Opens a run: everything it uses of the configuration is read here, once, and travels with it; its source is
 * taken; its row is written.
 */
export function openRun(deps: Deps): MainActivities['openRun'] {
  return ({ type, input }) =>
    beating<RunSettings, undefined>((_, signal) =>
      patiently(deps.config.retry, signal, () => open(deps, type, input)),
    );
}

async function open(
  deps: Deps,
  type: RunSettings['type'],
  input: Parameters<MainActivities['openRun']>[0]['input'],
): Promise<RunSettings> {
  const { settings } = publicConfig(deps.config);
  const { ingest, store, preprocess } = settings;
  const listed = type === 'ingest' || type === 'extract';
  const source = listed ? resolveSource(deps.config, input.source) : undefined;
  if (source) await deps.store(source.root).check();
  if (source && input.partition !== undefined) await requireBackfill(deps, source.name);
  const profile = readProfile(input.profile ?? ingest.profile);
  const select = input.select ?? ingest.select;
  const { deviceRules: rulesFile } = settings.deidentify;
  const deviceRules = rulesFile === undefined ? undefined : readDeviceRules(rulesFile);
  const opened: RunSettings = {
    ...runBase(deps, { type, source: source?.name, concurrency: input.concurrency ?? ingest.concurrency }),
    type,
    sourceRoot: source?.root,
    issuer: source?.issuer,
    select,
    profile: profile.name,
    profileText: profile.source,
    deviceRules,
    shardSize: input.shardSize ?? ingest.shardSize,
    pace: input.pace ?? ingest.pace,
    minAgeMs: ingest.minAge,
    markSource: input.markSource ?? ingest.markSource,
    maxFailureRate: input.maxFailureRate ?? ingest.maxFailureRate,
    containers: input.containers ?? store.containers,
    prefix: store.prefix,
    maxImages: input.maxImages ?? store.maxImages,
    qualityModel: input.qualityModel ?? preprocess.qualityModel ?? SHIPPED_MODEL,
    black: preprocess.black,
    rehash: input.rehash ?? ingest.rehash,
    files: input.files,
    partition: input.partition,
    render: settings.render,
    ruleHash: ruleHash(select, profile, source, deviceRules),
    shardsAPass: SHARDS_A_PASS,
  };
  return beginRun(deps, opened, TABLE_SOURCE);
}

/** A shipped profile by name, else a YAML file. @throws CxrError BAD_PROFILE */
export function readProfile(nameOrFile: string): Profile {
  if (shippedProfiles().includes(nameOrFile)) return loadProfile(nameOrFile);
  try {
    return loadProfile(readFileSync(resolve(nameOrFile), 'utf8'));
  } catch (error) {
    if (error instanceof CxrError) throw error;
    throw new CxrError('BAD_PROFILE', `neither one of ${shippedProfiles().join(', ')} nor a readable file`);
  }
}

/** Whatever decides whether a file is skipped: under other rules a skipped file is looked at again. */
function ruleHash(
  select: RunSettings['select'],
  profile: Profile,
  source: Source | undefined,
  deviceRules: string | undefined,
): string {
  return createHash('sha256')
    .update(
      JSON.stringify([
        select,
        profile.hash,
        source?.issuer ?? null,
        ...(deviceRules === undefined ? [] : [deviceRules]),
      ]),
    )
    .digest('hex')
    .slice(0, 16);
}
