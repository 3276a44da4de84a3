import type { Db } from '../../catalog/database.js';
import { type DatasetVersion, listVersions } from '../../catalog/dataset-versions.js';
import { CxrError } from '../../errors.js';

export type ListedVersion = DatasetVersion & { readonly current: boolean };

/**
 * The version that a person means: `v1.0`, `chest-xray/v1.0` or the URI of its folder.
 * @throws CxrError VERSION_MISSING, VERSION_AMBIGUOUS
 */
export async function findVersion(db: Db, reference: string): Promise<ListedVersion> {
  const uri = reference.includes('://') ? reference.replace(/\/(metadata\.json)?$/, '') : undefined;
  const cut = reference.indexOf('/');
  const named =
    cut < 0
      ? { version: reference }
      : { dataset: reference.slice(0, cut), version: reference.slice(cut + 1) };
  const all = await listVersions(db, uri === undefined ? named : {});
  const found = uri === undefined ? all : all.filter((version) => version.uri === uri);
  const [first, ...others] = found;
  if (first === undefined) throw new CxrError('VERSION_MISSING', shown(reference));
  if (others.length > 0)
    throw new CxrError('VERSION_AMBIGUOUS', found.map((version) => version.uri).join(', '));
  return first;
}

function shown(text: string): string {
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}
