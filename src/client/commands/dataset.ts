import { Command } from 'commander';
import { writePointer } from '../../activities/versions/pointer.js';
import { verifyVersion } from '../../activities/versions/verify.js';
import type { Db } from '../../catalog/database.js';
import { type DatasetVersion, listVersions, movesOf, point } from '../../catalog/dataset-versions.js';
import { getRun } from '../../catalog/runs.js';
import { diffVersions } from '../../datasets/version/diff.js';
import { CxrError } from '../../errors.js';
import { codeVersion } from '../../workers/version.js';
import { findVersion } from '../dataset/find.js';
import { withStores, withTwoVersions, withVersion } from '../dataset/opened.js';
import { printDiff } from '../dataset/print-diff.js';
import { rebuildVersion } from '../dataset/rebuild.js';
import { show, view } from '../dataset/show.js';
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
  withVersion(options, reference, async (version, { db }) => {
    const moves = await movesOf(db, version.row.root);
    if (options.json)
      printJson({
        ...view(version.row),
        manifest: version.manifest,
        moves: moves.map(({ at, ...move }) => ({ ...move, at: at.toISOString() })),
      });
    else show(version, moves);
  }),
);

sub(
  'diff <from> <to>',
  `what tells two versions apart: files, parameters, counts, class balance, statistics`,
  'cxrflow dataset diff v1.0 v1.1',
).action((from: string, to: string, options: DeploymentOptions) =>
  withTwoVersions(options, [from, to], async (a, b) => {
    const diff = diffVersions(a.manifest, b.manifest);
    if (options.json) printJson({ from: a.row.uri, to: b.row.uri, ...diff });
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
    withVersion(options, reference, async ({ row, folder }, catalog) => {
      if (options.reason.trim() === '') throw new CxrError('BAD_INPUT', '--reason: why');
      const before = (await listVersions(catalog.db)).find((v) => v.root === row.root && v.current);
      await catalog.transaction((trx) =>
        point(trx, row.root, row.version_id, { who: person(), reason: options.reason }),
      );
      await writePointer(folder, row.version);
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
  withVersion(options, reference, async ({ row, manifest, manifestHash, folder }) => {
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
    if (ok) note(`${result.files} files are as they were written`);
    else if (result.missing.length + result.changed.length > 0)
      note(`the version is damaged: \`cxrflow dataset rebuild ${reference} --restore\` mends its files`);
    else if (result.extra.length > 0)
      note('readers may take what is extra for a part of the version: remove it');
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

async function settingsOf(
  db: Db,
  { run_id }: DatasetVersion,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const run = run_id === null ? undefined : await getRun(db, run_id);
  return run?.params as Readonly<Record<string, unknown>> | undefined;
}
