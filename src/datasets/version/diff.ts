import { canonicalJson } from './canonical.js';
import type { VersionFile, VersionManifest } from './manifest.js';

/** A value before and after; left out where nothing changed. */
export interface Change {
  /** Where in the manifest: `parameters.resize.width`, `splits.train.classes.NORMAL`. */
  readonly path: string;
  readonly from: unknown;
  readonly to: unknown;
}

export interface VersionDiff {
  readonly same: boolean;
  readonly files: {
    readonly added: readonly string[];
    readonly removed: readonly string[];
    /** In both, with other bytes. */
    readonly changed: readonly string[];
    readonly unchanged: number;
  };
  readonly parameters: readonly Change[];
  /** Counts, inputs and quarantine. */
  readonly counts: readonly Change[];
  readonly classBalance: readonly Change[];
  /** Mean and standard deviation, of all and of each split. */
  readonly statistics: readonly Change[];
  /** Seed, code version, dataset, kind, parents. */
  readonly origin: readonly Change[];
}

/** What tells two versions apart, from their manifests alone. `diff(a, b)` is what became of `a` in `b`. */
export function diffVersions(a: VersionManifest, b: VersionManifest): VersionDiff {
  const files = diffFiles(a.files, b.files);
  const part = (pick: (m: VersionManifest) => unknown) => changes(pick(a), pick(b), '');
  const diff = {
    files,
    parameters: part(({ parameters, details }) => ({ parameters, details })),
    counts: part(({ counts, inputs, quarantined, splits }) => ({
      counts,
      inputs,
      quarantined,
      splits: each(splits, ({ images, examples, patients, files, bytes }) => ({
        images,
        examples,
        patients,
        files,
        bytes,
      })),
    })),
    classBalance: part(({ classes, labels, classBalance }) => ({ classes, labels, classBalance })),
    statistics: part(({ mean, std, splits }) => ({
      mean,
      std,
      splits: each(splits, (split) => ({ mean: split.mean, std: split.std })),
    })),
    origin: part(({ dataset, kind, parents, seed, codeVersion }) => ({
      dataset,
      kind,
      parents,
      seed,
      codeVersion,
    })),
  };
  const { added, removed, changed } = files;
  const same = [added, removed, changed, ...Object.values(diff).filter(Array.isArray)].every(
    (list) => list.length === 0,
  );
  return { same, ...diff };
}

function diffFiles(a: readonly VersionFile[], b: readonly VersionFile[]): VersionDiff['files'] {
  const before = new Map(a.map((file) => [file.path, file.sha256]));
  const after = new Map(b.map((file) => [file.path, file.sha256]));
  const both = [...before.keys()].filter((path) => after.has(path));
  const changed = both.filter((path) => before.get(path) !== after.get(path));
  return {
    added: [...after.keys()].filter((path) => !before.has(path)),
    removed: [...before.keys()].filter((path) => !after.has(path)),
    changed,
    unchanged: both.length - changed.length,
  };
}

/** Leaves that differ; arrays are leaves. */
function changes(from: unknown, to: unknown, path: string): Change[] {
  if (isRecord(from) && isRecord(to)) {
    const keys = [...new Set([...Object.keys(from), ...Object.keys(to)])].sort();
    return keys.flatMap((key) => changes(from[key], to[key], path === '' ? key : `${path}.${key}`));
  }
  return canonicalJson(from ?? null) === canonicalJson(to ?? null)
    ? []
    : [{ path, from: from ?? null, to: to ?? null }];
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function each<T, R>(record: Readonly<Record<string, T>>, map: (value: T) => R): Readonly<Record<string, R>> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));
}
