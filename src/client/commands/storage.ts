import { resolve } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { parseDuration } from '../../config/units.js';
import { fileUri, openStore, parseUri } from '../../storage/open.js';
import type { ObjectInfo, ObjectStore } from '../../storage/port.js';
import { stagedRuns, sweepHalfWritten } from '../../storage/sweep.js';
import { storeOptions } from '../../workers/deps.js';
import { configOf, type DeploymentOptions, deploymentOptions } from '../options.js';
import { EXIT, note, print, printJson } from '../output.js';
import { progress } from '../progress.js';
import { uploadFolder } from '../upload.js';

export const command = new Command('storage')
  .description('Look into and tend object storage: file://, s3:// and gs://')
  .addHelpText('after', '\nExample:\n  $ cxrflow storage ls s3://cxr/images');

function sub(usage: string, description: string, example: string): Command {
  return deploymentOptions(command.command(usage))
    .description(description)
    .addHelpText('after', `\nExample:\n  $ ${example}`);
}

async function withStore<T>(
  uri: string,
  options: DeploymentOptions,
  work: (store: ObjectStore) => Promise<T>,
): Promise<T> {
  const store = openStore(uri, storeOptions(configOf(options)));
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

sub(
  'ls <uri>',
  'list the objects below a URI: bytes, time, key',
  'cxrflow storage ls s3://cxr/images --json',
).action((uri: string, options: DeploymentOptions) =>
  withStore(uri, options, async (store) => {
    await store.check();
    let [objects, bytes] = [0, 0];
    // One JSON object, yet written as the listing comes: it may be of millions.
    if (options.json) process.stdout.write(`{"root":${JSON.stringify(store.root)},"objects":[`);
    for await (const one of store.list()) {
      if (options.json) process.stdout.write(`${objects > 0 ? ',' : ''}\n${JSON.stringify(shown(one))}`);
      else
        print(
          `${String(one.size).padStart(12)}  ${new Date(one.modified).toISOString()}  ${oneLine(one.key)}`,
        );
      objects++;
      bytes += one.size;
    }
    if (options.json) print(`],"count":${objects},"bytes":${bytes}}`);
    else note(`${objects} objects, ${bytes} bytes`);
  }),
);

sub(
  'get <uri>',
  'fetch one object',
  'cxrflow storage get s3://cxr/images/manifest.jsonl --out manifest.jsonl',
)
  .requiredOption('--out <file>', 'where to write it; it appears there whole')
  .action((uri: string, options: DeploymentOptions & { readonly out: string }) => {
    const { root, key } = parseUri(uri);
    return withStore(root, options, async (store) => {
      const target = parseUri(fileUri(resolve(options.out)));
      const written = await openStore(target.root).write(target.key, await store.readStream(key));
      if (options.json) printJson({ out: resolve(options.out), bytes: written.size });
      else note(`${written.size} bytes`);
    });
  });

sub(
  'upload <folder> <uri>',
  'copy a folder; what is there with the same SHA-256 is left',
  'cxrflow storage upload ./images s3://cxr/incoming --ext .png --ext .jpg',
)
  .addOption(
    new Option('--ext <ending>', 'only names that end so; may be given again')
      .default([], 'all')
      .argParser((text, all: string[]) => [...all, text]),
  )
  .option('--identified', 'also DICOM whose Patient Identity Removed is not YES')
  .action(async (folder: string, uri: string, options: UploadOptions) => {
    await withStore(uri, options, async (store) => {
      const bar = progress('upload');
      const counts = await uploadFolder({
        from: openStore(fileUri(resolve(folder))),
        to: store,
        extensions: options.ext,
        identified: options.identified === true,
        report: ({ found }) => bar.update(found, undefined),
      });
      const { found, uploaded, unchanged, refused } = counts;
      bar.finish(`${found} found, ${uploaded} uploaded, ${unchanged} unchanged, ${refused} refused`);
      if (options.json) printJson({ root: store.root, ...counts });
      if (refused === 0) return;
      note('Refused: DICOM that does not say that the patient was removed from it.');
      note('  cxrflow deidentify makes copies that do; --identified takes them as they are.');
      process.exitCode = EXIT.quarantined;
    });
  });

sub(
  'gc',
  'remove what ended or killed runs left in staging of the storage root',
  'cxrflow storage gc --older-than 7d --dry-run',
)
  .addOption(
    new Option('--older-than <time>', 'nothing was written to it for so long')
      .default(7 * 86_400_000, '7d')
      .argParser(olderThan),
  )
  .option('--dry-run', 'say what would go, remove nothing')
  .action((options: GcOptions) =>
    withStore(configOf(options).storage.root, options, async (store) => {
      const before = Date.now() - options.olderThan;
      const dryRun = options.dryRun === true;
      const removed = [];
      let kept = 0;
      for (const run of await stagedRuns(store)) {
        if (run.newest >= before) {
          kept++;
          continue;
        }
        if (!dryRun) await store.deletePrefix(run.prefix);
        removed.push({ ...run, newest: new Date(run.newest).toISOString() });
      }
      const halfWritten = await sweepHalfWritten(store.root, before, dryRun);
      if (options.json) return printJson({ root: store.root, dryRun, removed, kept, halfWritten });
      for (const { prefix, objects, newest } of removed)
        print(`${prefix}  ${objects} objects, last ${newest}`);
      const what = `${removed.length} runs and ${halfWritten} half-written files`;
      note(`${dryRun ? 'would remove' : 'removed'} ${what}, kept ${kept} younger`);
    }),
  );

interface UploadOptions extends DeploymentOptions {
  readonly ext: readonly string[];
  readonly identified?: true;
}
interface GcOptions extends DeploymentOptions {
  readonly olderThan: number;
  readonly dryRun?: true;
}

function olderThan(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined) throw new InvalidArgumentError('a time with its unit: 12h, 7d');
  return ms;
}

function shown({ key, size, version, modified }: ObjectInfo) {
  return { key, size, version, modified: new Date(modified).toISOString() };
}

/** A key may hold newlines and terminal controls. */
function oneLine(key: string): string {
  return key.replace(/\p{Cc}/gu, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`);
}
