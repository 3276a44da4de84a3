import { z } from 'zod';
import { CxrError } from '../../errors.js';
import { canonicalJson, type Json, sha256 } from './canonical.js';

/** Written last and create-only: a version without it does not exist. */
export const MANIFEST = 'metadata.json';
const SCHEMA = 'cxrflow/dataset-version/1';

/** A file of a version; `path` is relative to its folder. */
export interface VersionFile {
  readonly path: string;
  readonly bytes: number;
  /** Hex. */
  readonly sha256: string;
}

/** What a version was made from: another version, a model, a release of labels. */
export interface Parent {
  readonly kind: string;
  readonly id: string;
  readonly sha256: string;
}

export interface Statistics {
  /** Of pixel values as the steps before normalisation leave them. */
  readonly mean: number | null;
  readonly std: number | null;
}

export interface SplitFacts extends Statistics {
  /** Originals; copies by augmentation are examples too. */
  readonly images: number;
  readonly examples: number;
  /** Images by class name. */
  readonly classes: Readonly<Record<string, number>>;
  /** Null where patients are unknown. */
  readonly patients: number | null;
  readonly files: number;
  readonly bytes: number;
}

/**
 * What a version is: everything that decides its bytes, and the hash of each. Holds no time, host or run: who makes
 * it again from the same inputs gets the same manifest.
 */
export interface VersionManifest extends Statistics {
  readonly schema: typeof SCHEMA;
  /** Name of the dataset that this is a version of. */
  readonly dataset: string;
  readonly version: string;
  /** The workflow type that makes such versions. */
  readonly kind: string;
  readonly parents: readonly Parent[];
  readonly parameters: Json;
  /** Of the parameters as canonical JSON. */
  readonly parametersHash: string;
  readonly seed: number;
  readonly codeVersion: string;
  /** What went in: a hash over id, content, split and label of every item in the order of the version. */
  readonly inputs: { readonly items: number; readonly bytes: number; readonly sha256: string };
  readonly counts: {
    readonly found: number;
    readonly done: number;
    readonly skipped: number;
    readonly ignored: number;
    readonly quarantined: number;
  };
  /** Inputs that are not in the version, by error code. */
  readonly quarantined: Readonly<Record<string, number>>;
  /** Class names; a class's label is its place. Where labels have gaps, `labels` says them. */
  readonly classes: readonly string[];
  readonly labels: Readonly<Record<string, number>>;
  /** Images by class, by split. */
  readonly classBalance: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly splits: Readonly<Record<string, SplitFacts>>;
  /** By path; every file of the version but this one. */
  readonly files: readonly VersionFile[];
  /** What only versions of this kind have to say. */
  readonly details: Json;
}

/** Completes a manifest with what follows from its other parts. */
export function versionManifest(
  parts: Omit<VersionManifest, 'schema' | 'parametersHash' | 'classBalance'>,
): VersionManifest {
  const files = [...parts.files].sort((a, b) => (a.path < b.path ? -1 : 1));
  const classBalance = Object.fromEntries(
    Object.entries(parts.splits).map(([split, { classes }]) => [split, classes]),
  );
  return {
    ...parts,
    files,
    schema: SCHEMA,
    parametersHash: sha256(canonicalJson(parts.parameters)),
    classBalance,
  };
}

/** `metadata.json`, the same bytes for the same manifest. */
export function manifestBytes(manifest: VersionManifest): Buffer {
  return Buffer.from(`${canonicalJson(manifest, 2)}\n`);
}

const count = z.int().nonnegative();
const hash = z.string().regex(/^[0-9a-f]{64}$/);
const counts = z.record(z.string(), count);
const statistics = { mean: z.number().nullable(), std: z.number().nullable() };
const manifestSchema = z.object({
  schema: z.literal(SCHEMA),
  dataset: z.string(),
  version: z.string(),
  kind: z.string(),
  parents: z.array(z.object({ kind: z.string(), id: z.string(), sha256: hash })),
  parameters: z.json(),
  parametersHash: hash,
  seed: z.int(),
  codeVersion: z.string(),
  inputs: z.object({ items: count, bytes: count, sha256: hash }),
  counts: z.object({ found: count, done: count, skipped: count, ignored: count, quarantined: count }),
  quarantined: counts,
  classes: z.array(z.string()),
  labels: z.record(z.string(), z.int()),
  classBalance: z.record(z.string(), counts),
  splits: z.record(
    z.string(),
    z.object({
      ...statistics,
      images: count,
      examples: count,
      classes: counts,
      patients: count.nullable(),
      files: count,
      bytes: count,
    }),
  ),
  files: z.array(
    z.object({
      path: z.string().refine((path) => !path.split('/').some((part) => ['', '.', '..'].includes(part))),
      bytes: count,
      sha256: hash,
    }),
  ),
  details: z.json(),
  ...statistics,
});

/** @throws CxrError VERSION_DAMAGED where it is no manifest of this schema */
export function parseManifest(bytes: Uint8Array): VersionManifest {
  const damaged = (what: string) => new CxrError('VERSION_DAMAGED', `${MANIFEST}: ${what}`);
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    throw damaged('it is not JSON');
  }
  const result = manifestSchema.safeParse(value);
  if (!result.success)
    throw damaged(`${result.error.issues[0]?.path.join('.') ?? ''} is not as it should be`);
  return result.data as VersionManifest;
}
