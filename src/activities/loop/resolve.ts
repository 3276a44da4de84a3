import { isAbsolute } from 'node:path';
import { listVersions } from '../../catalog/dataset-versions.js';
import { listModels, modelVersion } from '../../catalog/models.js';
import { CxrError } from '../../errors.js';
import { modelReference, referenceText } from '../../models/registry/reference.js';
import { fileUri, parseRoot } from '../../storage/open.js';
import type { ModelRef, VersionRef } from '../api/loop.js';
import type { Deps } from '../deps.js';
import { KINDS } from './dataset.js';

/**
 * The dataset version that a run works on: by name or URI of the dataset, its current version unless another is
 * named. Where there is only one dataset it need not be named.
 * @throws CxrError VERSION_MISSING, VERSION_AMBIGUOUS, BAD_INPUT
 */
export async function resolveVersion(
  { catalog }: Deps,
  asked: { readonly dataset?: string | undefined; readonly version?: string | undefined },
): Promise<VersionRef> {
  const rows = (await listVersions(catalog.db)).filter(({ kind }) =>
    (KINDS as readonly string[]).includes(kind),
  );
  const root = asked.dataset === undefined ? undefined : rootOf(asked.dataset);
  const ours = rows.filter(
    (row) => asked.dataset === undefined || row.dataset === asked.dataset || row.root === root,
  );
  const roots = new Set(ours.map((row) => row.root));
  if (roots.size > 1) throw new CxrError('VERSION_AMBIGUOUS', 'name the dataset by its URI');
  const row = ours.find((r) => (asked.version === undefined ? r.current : r.version === asked.version));
  if (row === undefined)
    throw new CxrError('VERSION_MISSING', roots.size === 0 ? 'no dataset' : 'no version');
  return { dataset: row.dataset, version: row.version, root: row.root, hash: row.manifest_hash };
}

function rootOf(text: string): string | undefined {
  if (isAbsolute(text)) return fileUri(text.replace(/\/+$/, ''));
  return text.includes('://') ? parseRoot(text).uri : undefined;
}

/**
 * The model version that a run works with: the one in production unless another is named. Where only one name has an
 * image model in production it need not be named.
 * @throws CxrError MODEL_UNKNOWN, MODEL_NO_PRODUCTION, BAD_INPUT
 */
export async function resolveModel(
  { catalog }: Deps,
  asked: string | undefined,
  classes: readonly string[],
): Promise<ModelRef> {
  const { name, version } = asked === undefined ? { name: await onlyModel(catalog) } : modelReference(asked);
  const row = await modelVersion(catalog.db, name, version);
  const { classes: own } = row.declaration as { readonly classes?: readonly string[] };
  const ref = refOf(row);
  needSameClasses(classes, ref.model, own ?? []);
  return ref;
}

/** Class ids of model and dataset have to mean the same. @throws CxrError MODEL_MISMATCH */
export function needSameClasses(dataset: readonly string[], model: string, classes: readonly string[]): void {
  const at = Array.from({ length: Math.max(dataset.length, classes.length) }, (_, i) => i).find(
    (i) => classes[i] !== dataset[i],
  );
  if (at === undefined) return;
  const named = (of: readonly string[]) => (of[at] === undefined ? 'none' : `"${of[at]}"`);
  throw new CxrError(
    'MODEL_MISMATCH',
    `classes of ${model} (${classes.length}) and of the dataset (${dataset.length}) differ, first at id ${at}: ${named(classes)} and ${named(dataset)}; ids must mean the same in both: declare the names of the dataset if only they are written otherwise (--classes), else train on its data.yaml`,
  );
}

export function refOf(row: { name: string; version: number; sha256: string }): ModelRef {
  const { name, version, sha256 } = row;
  return { name, version, model: referenceText(name, version), sha256 };
}

async function onlyModel({ db }: Deps['catalog']): Promise<string> {
  const inProduction = (await listModels(db)).filter(
    ({ stage, declaration }) => stage === 'production' && declaration.task !== 'quality',
  );
  const [only, ...others] = inProduction;
  if (only === undefined) throw new CxrError('MODEL_NO_PRODUCTION', 'none at all');
  if (others.length > 0)
    throw new CxrError('BAD_INPUT', `model: name one of ${inProduction.map((m) => m.name).join(', ')}`);
  return only.name;
}

/** Where the feedback of a dataset lies. @throws CxrError BAD_INPUT, CREDENTIALS_IN_URL */
export function feedbackRoot(asked: string | undefined, version: VersionRef): string {
  if (asked === undefined) return `${version.root.replace(/\/$/, '')}/feedback`;
  return isAbsolute(asked) ? fileUri(asked.replace(/\/+$/, '')) : parseRoot(asked).uri;
}
