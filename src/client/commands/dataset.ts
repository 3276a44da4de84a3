import { Command } from 'commander';
import { writePointer } from '../../activities/versions/pointer.js';
import { readVersion } from '../../activities/versions/publish.js';
import { verifyVersion } from '../../activities/versions/verify.js';
import type { Db } from '../../catalog/database.js';
import { type DatasetVersion, listVersions, movesOf, point } from '../../catalog/dataset-versions.js';
import type { Catalog } from '../../catalog/open.js';
import { getRun } from '../../catalog/runs.js';
import type { Config } from '../../config/load.js';
import { type Change, diffVersions, type VersionDiff } from '../../datasets/version/diff.js';
import type { VersionManifest } from '../../datasets/version/manifest.js';
import { CxrError } from '../../errors.js';
import { openStore } from '../../storage/open.js';
import type { ObjectStore } from '../../storage/port.js';
import { storeOptions } from '../../workers/deps.js';
import { codeVersion } from '../../workers/version.js';
import { findVersion, type ListedVersion } from '../dataset/find.js';
import { rebuildVersion } from '../dataset/rebuild.js';
import { type DeploymentOptions, deploymentOptions } from '../options.js';
import { EXIT, note, print, printJson, table } from '../output.js';
import { person } from '../person.js';
import { progress } from '../progress.js';
import { withCatalog } from '../with-catalog.js';
import { withStack } from '../with-stack.js';

export const command = new Command('dataset')
  .description('Versions of datasets: what there is, what changed, which one is current')
  .addHelpText('after', '\nExample:\n  $ cxrflow dataset list');

function sub(usage: string, description: string, example: string): Command {
  return deploymentOptions(command.command(usage))
    .description(description)
    .addHelpText('after', `\nExample:\n  $ ${example}`);
}

const VERSION = 'VERSION is v1.0, DATASET/v1.0, or the URI of its folder.';

sub(
  'list',
  'all versions, the latest first; * is the current one of its place',
  'cxrflow dataset list --dataset chest-xray',
)
  .option('--dataset <name>', 'only versions of this dataset')
  .action((options: DeploymentOptions & { dataset?: string }) =>
    withCatalog(options, async ({ db }) => {
      const versions = await listVersions(db, { dataset: options.dataset });
      if (options.json) return printJson({ versions: versions.map(view) });
      if (versions.length === 0)
        return note('no versions yet: `cxrflow start chestXrayProcessing` makes one');
      print(
        table([
          ['', 'DATASET', 'VERSION', 'IMAGES', 'MB', 'PUBLISHED', 'WHERE'],
          ...versions.map((v) => [
            v.current ? '*' : '',
            v.dataset,
            v.version,
            String(v.images),
            (v.bytes / 1e6).toFixed(1),
            v.published_at?.toISOString().slice(0, 19) ?? '',
            v.uri,
          ]),
        ]),
      );
    }),
  );

sub(
  'show <version>',
  `what is in a version and how it was made. ${VERSION}`,
  'cxrflow dataset show v1.0',
).action((reference: string, options: DeploymentOptions) =>
  withVersions(options, [reference], async ([one], { db }) => {
    const { row, manifest } = one as Opened;
    const moves = await movesOf(db, row.root);
    if (options.json)
      return printJson({
        ...view(row),
        manifest,
        moves: moves.map(({ at, ...move }) => ({ ...move, at: at.toISOString() })),
      });
    print(
      table([
        ['dataset', manifest.dataset],
        ['version', `${manifest.version}${row.current ? ' (current)' : ''}`],
        ['where', row.uri],
        ['made from', row.source ?? 'the catalog'],
        ['by', `${manifest.kind}, cxrflow ${manifest.codeVersion}, seed ${manifest.seed}`],
        ['published', row.published_at?.toISOString().slice(0, 19) ?? ''],
        ['files', `${manifest.files.length}, ${(row.bytes / 1e6).toFixed(1)} MB`],
        ['mean, std', `${number(manifest.mean)}, ${number(manifest.std)}`],
        [
          'found',
          Object.entries(manifest.counts)
            .map(([name, n]) => `${name} ${n}`)
            .join(', '),
        ],
        [
          'quarantined',
          Object.entries(manifest.quarantined)
            .map(([code, n]) => `${code} ${n}`)
            .join(', ') || 'none',
        ],
      ]),
    );
    const classes = manifest.classes;
    print();
    print(
      table([
        ['SPLIT', 'IMAGES', 'EXAMPLES', ...classes, 'PATIENTS'],
        ...inOrder(manifest.splits).map(([name, s]) => [
          name,
          String(s.images),
          String(s.examples),
          ...classes.map((one) => String(s.classes[one] ?? 0)),
          s.patients === null ? 'unknown' : String(s.patients),
        ]),
      ]),
    );
    if (moves.length > 0) print();
    for (const { at, from_version, to_version, who, reason } of moves)
      print(`${at.toISOString().slice(0, 19)}  ${from_version ?? '-'} -> ${to_version}  ${who}: ${reason}`);
  }),
);

sub(
  'diff <from> <to>',
  `what tells two versions apart: files, parameters, counts, class balance, statistics`,
  'cxrflow dataset diff v1.0 v1.1',
).action((from: string, to: string, options: DeploymentOptions) =>
  withVersions(options, [from, to], async ([a, b]) => {
    const diff = diffVersions((a as Opened).manifest, (b as Opened).manifest);
    if (options.json) printJson({ from: (a as Opened).row.uri, to: (b as Opened).row.uri, ...diff });
    else printDiff(diff);
  }),
);

sub(
  'rollback <version>',
  'make another version the current one: a pointer moves, nothing is copied',
  'cxrflow dataset rollback v1.0 --reason "v1.1 has wrong labels"',
)
  .requiredOption('--reason <text>', 'why; it is kept, with your name')
  .action((reference: string, options: DeploymentOptions & { reason: string }) =>
    withVersions(options, [reference], async ([one], catalog) => {
      const { row, folder } = one as Opened;
      if (options.reason.trim() === '') throw new CxrError('BAD_INPUT', '--reason: why');
      const before = (await listVersions(catalog.db)).find((v) => v.root === row.root && v.current);
      await catalog.transaction((trx) =>
        point(trx, row.root, row.version_id, { who: person(), reason: options.reason }),
      );
      await writePointer(folder, '', row.version);
      const moved = { dataset: row.dataset, from: before?.version ?? null, to: row.version, root: row.root };
      if (options.json) printJson(moved);
      else print(`${moved.dataset}: ${moved.from ?? '-'} -> ${moved.to}`);
    }),
  );

sub(
  'verify <version>',
  'read every file and compare its hash with the manifest; exit status 1 where one differs',
  'cxrflow dataset verify v1.0',
).action((reference: string, options: DeploymentOptions) =>
  withVersions(options, [reference], async ([one]) => {
    const { row, manifest, manifestHash, folder } = one as Opened;
    const bar = progress('verify');
    const result = await verifyVersion(folder, `${row.version}/`, manifest, (done) =>
      bar.update(done, manifest.files.length),
    );
    bar.finish();
    const recorded = manifestHash === row.manifest_hash;
    const ok = result.ok && recorded;
    if (!ok) process.exitCode = EXIT.failed;
    if (options.json) return printJson({ version: row.version, uri: row.uri, ...result, ok, recorded });
    if (!recorded) print('metadata.json is not the one that was recorded when it was published');
    for (const [what, paths] of Object.entries({
      missing: result.missing,
      changed: result.changed,
      extra: result.extra,
    }))
      for (const path of paths) print(`${what}  ${path}`);
    note(
      ok
        ? `${result.files} files are as they were written`
        : 'the version is damaged: `cxrflow dataset rebuild --restore`',
    );
  }),
);

interface RebuildOptions extends DeploymentOptions {
  readonly source?: string;
  readonly restore?: true;
  readonly local?: true;
}

sub(
  'rebuild <version>',
  'make a version again from its inputs beside the old one, and compare byte by byte',
  'cxrflow dataset rebuild v1.0 --restore',
)
  .option('--source <uri>', 'where the inputs are now, if not where they were')
  .option('--restore', 'put files that are missing or damaged back')
  .option('--local', 'use the stack of the data folder, or bring one up for this')
  .action((reference: string, options: RebuildOptions) =>
    withStack(options, (client, catalog, config) =>
      withStores(config, async (open) => {
        const version = await findVersion(catalog.db, reference);
        const folder = `.rebuild-${version.version}-${Date.now()}`;
        const result = await rebuildVersion({
          client,
          version,
          settings: await settingsOf(catalog.db, version),
          place: { store: open(version.root), prefix: `${version.version}/` },
          scratch: { store: open(config.storage.root), folder },
          source: options.source,
          codeVersion: codeVersion(),
          restore: options.restore === true,
        });
        if (!result.same) process.exitCode = EXIT.failed;
        if (options.json) return printJson({ version: version.version, uri: version.uri, ...result });
        for (const path of result.different) print(`different  ${path}`);
        for (const path of result.restored) print(`restored  ${path}`);
        note(
          result.same
            ? 'the same bytes'
            : 'other bytes: the inputs have changed, or the version was made otherwise',
        );
      }),
    ),
  );

interface Opened {
  readonly row: ListedVersion;
  readonly manifest: VersionManifest;
  readonly manifestHash: string;
  /** Of the folder that the versions share. */
  readonly folder: ObjectStore;
}

async function withVersions(
  options: DeploymentOptions,
  references: readonly string[],
  work: (versions: readonly Opened[], catalog: Catalog) => Promise<void>,
): Promise<void> {
  await withCatalog(options, (catalog, config) =>
    withStores(config, async (open) => {
      const versions: Opened[] = [];
      for (const reference of references) {
        const row = await findVersion(catalog.db, reference);
        const folder = open(row.root);
        const { manifest, sha256 } = await readVersion(folder, `${row.version}/`);
        versions.push({ row, manifest, manifestHash: sha256, folder });
      }
      await work(versions, catalog);
    }),
  );
}

async function withStores(
  config: Config,
  work: (open: (root: string) => ObjectStore) => Promise<void>,
): Promise<void> {
  const opened: ObjectStore[] = [];
  const open = (root: string) => {
    const store = openStore(root, storeOptions(config));
    opened.push(store);
    return store;
  };
  try {
    await work(open);
  } finally {
    for (const store of opened) await store.close();
  }
}

/** A row as it is printed. */
function view({ version_id: _, manifest_hash, parameters_hash, inputs_hash, ...row }: ListedVersion) {
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

function printDiff({ same, files, ...parts }: VersionDiff): void {
  if (same) {
    print('the same');
    return;
  }
  const { added, removed, changed, unchanged } = files;
  print(
    `files: ${added.length} added, ${removed.length} removed, ${changed.length} changed, ${unchanged} unchanged`,
  );
  for (const [what, paths] of Object.entries({ '+': added, '-': removed, '~': changed }))
    for (const path of paths) print(`  ${what} ${path}`);
  const sections: [string, readonly Change[]][] = [
    ['parameters', parts.parameters],
    ['counts', parts.counts],
    ['class balance', parts.classBalance],
    ['statistics', parts.statistics],
    ['origin', parts.origin],
  ];
  for (const [name, changes] of sections) {
    if (changes.length === 0) continue;
    print(`${name}:`);
    for (const { path, from, to } of changes)
      print(`  ${path}: ${JSON.stringify(from)} -> ${JSON.stringify(to)}`);
  }
}

const SPLIT_ORDER = ['train', 'training', 'val', 'validation', 'test'];

/** As people name them; those of other names behind. */
function inOrder<T>(splits: Readonly<Record<string, T>>): readonly (readonly [string, T])[] {
  const place = (name: string) => (SPLIT_ORDER.indexOf(name) + 1 || SPLIT_ORDER.length + 1) - 1;
  return Object.entries(splits).sort(([a], [b]) => place(a) - place(b));
}

function number(value: number | null): string {
  return value === null ? '-' : value.toFixed(4);
}

async function settingsOf(
  db: Db,
  { run_id }: DatasetVersion,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const run = run_id === null ? undefined : await getRun(db, run_id);
  return run?.params as Readonly<Record<string, unknown>> | undefined;
}
