import type { Client } from '@temporalio/client';
import { readVersion } from '../../activities/versions/publish.js';
import { verifyVersion } from '../../activities/versions/verify.js';
import type { DatasetVersion } from '../../catalog/dataset-versions.js';
import { MANIFEST, type VersionManifest } from '../../datasets/version/manifest.js';
import { CxrError, isCxrError } from '../../errors.js';
import type { ObjectStore } from '../../storage/port.js';
import { follow, startRun } from '../runs.js';

export interface Rebuilt {
  /** Every file of the version came out with the bytes that its manifest states. */
  readonly same: boolean;
  /** Paths whose bytes came out different, or not at all. */
  readonly different: readonly string[];
  /** Files of the version that were missing or damaged and are as they were again. */
  readonly restored: readonly string[];
  readonly workflowId: string;
}

export interface RebuildJob {
  readonly client: Client;
  readonly version: DatasetVersion;
  /** Settings of the run that made it, where the catalog still has them. */
  readonly settings?: Readonly<Record<string, unknown>> | undefined;
  /** Where the version is, and where it is made again. */
  readonly place: { readonly store: ObjectStore; readonly prefix: string };
  readonly scratch: { readonly store: ObjectStore; readonly folder: string };
  /** Another place where the same inputs are now. */
  readonly source: string | undefined;
  readonly codeVersion: string;
  readonly restore: boolean;
}

/**
 * Makes a version again from its inputs, parameters and seed, beside the old one, and compares file by file.
 *
 * @throws CxrError VERSION_DAMAGED where its manifest is not the one that was recorded; BAD_INPUT where another version
 *   of this program made it, or its kind cannot be made again; REBUILD_PAUSED where the run paused
 */
export async function rebuildVersion(job: RebuildJob): Promise<Rebuilt> {
  const { client, version, scratch } = job;
  const manifest = await manifestOf(job);
  if (manifest.codeVersion !== job.codeVersion)
    throw new CxrError(
      'BAD_INPUT',
      `made by ${manifest.codeVersion}, this is ${job.codeVersion}: only the same code makes the same bytes`,
    );
  const handle = await startRun(client, manifest.kind, inputOf(job, manifest), undefined);
  const followed = await follow(handle, 'rebuild');
  if ('paused' in followed)
    throw new CxrError('REBUILD_PAUSED', `${followed.paused.code}; run ${handle.workflowId}`);
  const prefix = `${scratch.folder}/${version.version}/`;
  try {
    const made = await readVersion(scratch.store, prefix);
    const different = differing(manifest, made.manifest);
    const restored = job.restore && different.length === 0 ? await restore(job, manifest, prefix) : [];
    return { same: different.length === 0, different, restored, workflowId: handle.workflowId };
  } finally {
    await scratch.store.deletePrefix(`${scratch.folder}/`);
  }
}

/** @returns the files that were missing or damaged and are as they were again */
async function restore(
  { place, scratch }: RebuildJob,
  wanted: VersionManifest,
  from: string,
): Promise<readonly string[]> {
  const { missing, changed } = await verifyVersion(place.store, place.prefix, wanted);
  const damaged = [...missing, ...changed];
  for (const path of damaged)
    await place.store.write(place.prefix + path, await scratch.store.readStream(from + path));
  return damaged;
}

async function manifestOf({ place, version }: RebuildJob): Promise<VersionManifest> {
  const found = await readVersion(place.store, place.prefix).catch((error: unknown) => {
    if (isCxrError(error) && error.code === 'VERSION_MISSING')
      throw new CxrError('VERSION_DAMAGED', `${MANIFEST} is gone; it says how the version was made`);
    throw error;
  });
  if (found.sha256 !== version.manifest_hash)
    throw new CxrError('VERSION_DAMAGED', `${MANIFEST} is not the one that was recorded`);
  return found.manifest;
}

/** The input that made it. @throws CxrError BAD_INPUT for kinds that take their input from elsewhere */
function inputOf(job: RebuildJob, manifest: VersionManifest): Readonly<Record<string, unknown>> {
  if (manifest.kind === 'detectionDataset') return detectionInputOf(job, manifest);
  const { version, scratch, source } = job;
  if (manifest.kind !== 'chestXrayProcessing')
    throw new CxrError('BAD_INPUT', `versions of ${manifest.kind} are not made again by this command`);
  const { query, ...parameters } = manifest.parameters as Record<string, unknown>;
  return {
    ...parameters,
    steps: asWritten(parameters.steps),
    source: source ?? version.source ?? query ?? {},
    destination: scratch.store.root,
    version: manifest.version,
    dataset: manifest.dataset,
    seed: manifest.seed,
    scratch: scratch.folder,
  };
}

/**
 * Tables and folders are not in a manifest, which is the same wherever they lie: the run knows them. Patients keep the
 * splits that they were given then.
 */
function detectionInputOf(
  { settings, scratch, source, version }: RebuildJob,
  { seed, parameters }: VersionManifest,
) {
  if (settings === undefined)
    throw new CxrError('BAD_INPUT', 'the catalog does not know the run that made it, nor its tables');
  const { boxes, patients, sizes, destination, annotators, stratify, size, fit, burnedIn } = settings;
  const images = source ?? version.source;
  const splits = Object.fromEntries((parameters as { splits: [string, number][] }).splits);
  const made = {
    boxes,
    images,
    patients,
    sizes,
    destination,
    version: version.version,
    seed,
    splits,
    annotators,
  };
  return { ...made, stratify, size, fit, burnedIn, scratch: scratch.folder };
}

/** Steps as a person writes them: sizes have a unit there. */
function asWritten(steps: unknown): unknown {
  const { output, ...rest } = steps as { readonly output: { readonly shardSize: number } };
  return { ...rest, output: { ...output, shardSize: `${output.shardSize}B` } };
}

function differing(wanted: VersionManifest, made: VersionManifest): readonly string[] {
  const hashes = new Map(made.files.map(({ path, sha256 }) => [path, sha256]));
  return wanted.files.filter(({ path, sha256 }) => hashes.get(path) !== sha256).map(({ path }) => path);
}
