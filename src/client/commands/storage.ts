import { resolve } from 'node:path';
import { Command } from 'commander';
import { fileUri, openStore, parseUri } from '../../storage/open.js';
import type { ObjectInfo } from '../../storage/port.js';
import type { DeploymentOptions } from '../options.js';
import { note, print, printJson } from '../output.js';
import { gcCommand } from '../storage/gc.js';
import { settingCommands } from '../storage/settings.js';
import { oneLine, subOf, withBucket, withStore } from '../storage/sub.js';
import { uploadCommand } from '../storage/upload.js';
import { versionCommands } from '../storage/versions.js';

export const command = new Command('storage')
  .description('Look into and tend object storage: file://, s3:// and gs://')
  .addHelpText('after', '\nExample:\n  $ cxrflow storage ls s3://cxr/images');

const sub = subOf(command);

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
  .option('--version <id>', 'an older version, as `storage versions` shows it')
  .action((uri: string, options: GetOptions) => {
    const { root, key } = parseUri(uri);
    const { version } = options;
    const keep = async (body: AsyncIterable<Uint8Array>) => {
      const target = parseUri(fileUri(resolve(options.out)));
      const written = await openStore(target.root).write(target.key, body);
      if (options.json) printJson({ out: resolve(options.out), bytes: written.size });
      else note(`${written.size} bytes`);
    };
    return version === undefined
      ? withStore(root, options, async (store) => keep(await store.readStream(key)))
      : withBucket(root, options, async (bucket) => keep(await bucket.readVersion(key, version)));
  });

uploadCommand(sub);
versionCommands(sub);
settingCommands(sub);

gcCommand(sub);

interface GetOptions extends DeploymentOptions {
  readonly out: string;
  readonly version?: string;
}
function shown({ key, size, version, modified }: ObjectInfo) {
  return { key, size, version, modified: new Date(modified).toISOString() };
}
