import type { DatasetMove } from '../../catalog/dataset-versions.js';
import type { VersionManifest } from '../../datasets/version/manifest.js';
import { print, table } from '../output.js';
import type { ListedVersion } from './find.js';
import type { OpenedVersion } from './opened.js';

/** A row of the catalog as it is printed. */
export function view({ version_id: _, manifest_hash, parameters_hash, inputs_hash, ...row }: ListedVersion) {
  return {
    dataset: row.dataset,
    version: row.version,
    current: row.current,
    kind: row.kind,
    uri: row.uri,
    source: row.source,
    images: row.images,
    bytes: row.bytes,
    splits: row.splits,
    seed: row.seed,
    codeVersion: row.code_version,
    hashes: { manifest: manifest_hash, parameters: parameters_hash, inputs: inputs_hash },
    parents: row.parents,
    runId: row.run_id,
    publishedAt: row.published_at?.toISOString() ?? null,
  };
}

/** What is in a version and how it was made, for people. */
export function show({ row, manifest }: OpenedVersion, moves: readonly DatasetMove[]): void {
  print(table(facts(row, manifest)));
  print();
  print(table(bySplit(manifest)));
  print();
  print(table(byClass(manifest)));
  if (moves.length > 0) print();
  for (const { at, from_version, to_version, who, reason } of moves)
    print(`${at.toISOString().slice(0, 19)}  ${from_version ?? '-'} -> ${to_version}  ${who}: ${reason}`);
}

function facts(row: ListedVersion, manifest: VersionManifest): string[][] {
  const { mean, std } = manifest;
  return [
    ['dataset', manifest.dataset],
    ['version', `${manifest.version}${row.current ? ' (current)' : ''}`],
    ['where', row.uri],
    ['made from', row.source ?? 'the catalog'],
    ['by', `${manifest.kind}, cxrflow ${manifest.codeVersion}, seed ${manifest.seed}`],
    ['published', row.published_at?.toISOString().slice(0, 19) ?? ''],
    ['files', `${manifest.files.length}, ${(row.bytes / 1e6).toFixed(1)} MB`],
    ...(mean === null || std === null ? [] : [['mean, std', `${mean.toFixed(4)}, ${std.toFixed(4)}`]]),
    ['inputs', counted(manifest.counts)],
    ['quarantined', counted(manifest.quarantined) || 'none'],
  ];
}

const counted = (counts: Readonly<Record<string, number>>) =>
  Object.entries(counts)
    .map(([name, n]) => `${name} ${n}`)
    .join(', ');

function bySplit({ splits }: VersionManifest): string[][] {
  return [
    ['SPLIT', 'IMAGES', 'EXAMPLES', 'PATIENTS'],
    ...inOrder(splits).map(([name, { images, examples, patients }]) => [
      name,
      String(images),
      String(examples),
      patients === null ? 'unknown' : String(patients),
    ]),
  ];
}

/** A row a class: there are more of them than splits. */
function byClass({ splits, classes }: VersionManifest): string[][] {
  const ordered = inOrder(splits);
  return [
    ['IMAGES OF', ...ordered.map(([name]) => name)],
    ...classes.map((one) => [one, ...ordered.map(([, split]) => String(split.classes[one] ?? 0))]),
  ];
}

const ORDER = ['train', 'training', 'val', 'validation', 'test', 'staging', 'canary', 'production'];

/** As people name them; those of other names behind. */
function inOrder<T>(splits: Readonly<Record<string, T>>): readonly (readonly [string, T])[] {
  const place = (name: string) => (ORDER.includes(name) ? ORDER.indexOf(name) : ORDER.length);
  return Object.entries(splits).sort(([a], [b]) => place(a) - place(b));
}
