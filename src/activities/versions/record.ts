import { currentVersion, recordVersion, type VersionPatient } from '../../catalog/dataset-versions.js';
import type { VersionManifest } from '../../datasets/version/manifest.js';
import type { Deps } from '../deps.js';
import { writePointer } from './pointer.js';

/** A version that is complete in its store. */
export interface PublishedVersion {
  /** Folder that the versions of its dataset share, without a `/` at its end. */
  readonly root: string;
  readonly manifest: VersionManifest;
  readonly manifestHash: string;
  /** Configured name or root URI of what it was made from; undefined for the catalog. */
  readonly source: string | undefined;
  readonly runId: string;
}

/** Rows after objects: tells the catalog, then those who read without it which version is current. A repeat changes nothing. */
export async function recordPublished(
  deps: Pick<Deps, 'catalog' | 'store'>,
  { root, manifest, manifestHash, source, runId }: PublishedVersion,
  patients: AsyncIterable<VersionPatient> | Iterable<VersionPatient>,
): Promise<void> {
  const { dataset, version, kind, parametersHash, codeVersion, seed, inputs, parents } = manifest;
  await recordVersion(
    deps.catalog,
    {
      ...{ uri: `${root}/${version}`, root, dataset, version, kind, source, runId },
      ...{ manifestHash, parametersHash, inputsHash: inputs.sha256, codeVersion, seed, parents },
      images: inputs.items,
      bytes: manifest.files.reduce((sum, { bytes }) => sum + bytes, 0),
      splits: manifest.classBalance,
    },
    patients,
  );
  const current = await currentVersion(deps.catalog.db, root);
  if (current) await writePointer(deps.store(root), current.version);
}
