import { readVersion } from '../../activities/versions/publish.js';
import type { Catalog } from '../../catalog/open.js';
import type { Config } from '../../config/load.js';
import type { VersionManifest } from '../../datasets/version/manifest.js';
import { openStore } from '../../storage/open.js';
import type { ObjectStore } from '../../storage/port.js';
import { storeOptions } from '../../workers/deps.js';
import type { DeploymentOptions } from '../options.js';
import { withCatalog } from '../with-catalog.js';
import { findVersion, type ListedVersion } from './find.js';

/** A version as the catalog has it, with what its place says of it. */
export interface OpenedVersion {
  readonly row: ListedVersion;
  readonly manifest: VersionManifest;
  readonly manifestHash: string;
  /** Of the folder that the versions share. */
  readonly folder: ObjectStore;
}

/**
 * Opens one version that a person named.
 * @throws CxrError VERSION_MISSING, VERSION_AMBIGUOUS, VERSION_DAMAGED
 */
export async function withVersion(
  options: DeploymentOptions,
  reference: string,
  work: (version: OpenedVersion, catalog: Catalog) => Promise<void>,
): Promise<void> {
  await withCatalog(options, (catalog, config) =>
    withStores(config, async (open) => await work(await opened(catalog, open, reference), catalog)),
  );
}

/** Opens two of them. */
export async function withTwoVersions(
  options: DeploymentOptions,
  [from, to]: readonly [string, string],
  work: (from: OpenedVersion, to: OpenedVersion) => Promise<void>,
): Promise<void> {
  await withCatalog(options, (catalog, config) =>
    withStores(config, async (open) =>
      work(await opened(catalog, open, from), await opened(catalog, open, to)),
    ),
  );
}

type OpenStore = (root: string) => ObjectStore;

async function opened({ db }: Catalog, open: OpenStore, reference: string): Promise<OpenedVersion> {
  const row = await findVersion(db, reference);
  const folder = open(row.root);
  const { manifest, sha256 } = await readVersion(folder, `${row.version}/`);
  return { row, manifest, manifestHash: sha256, folder };
}

/** Stores that are closed when the work is done. */
export async function withStores(config: Config, work: (open: OpenStore) => Promise<void>): Promise<void> {
  const stores: ObjectStore[] = [];
  const open = (root: string) => {
    const store = openStore(root, storeOptions(config));
    stores.push(store);
    return store;
  };
  try {
    await work(open);
  } finally {
    for (const store of stores) await store.close();
  }
}
