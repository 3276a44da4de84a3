import type { ObjectVersion } from '../../storage/bucket.js';
import { parseUri } from '../../storage/open.js';
import type { DeploymentOptions } from '../options.js';
import { note, print, printJson } from '../output.js';
import { oneLine, type Sub, withBucket } from './sub.js';

/** `versions` and `restore`. */
export function versionCommands(sub: Sub): void {
  sub(
    'versions <uri>',
    'list what is kept of an object, newest first; of all objects below a URI that ends with /',
    'cxrflow storage versions s3://cxr/images/manifest.jsonl',
  ).action((uri: string, options: DeploymentOptions) => {
    const { root, key } = uri.endsWith('/') ? { root: uri, key: undefined } : parseUri(uri);
    return withBucket(root, options, async (bucket) => {
      let [count, bytes] = [0, 0];
      // One JSON object, yet written as the listing comes: it may be of millions.
      if (options.json) process.stdout.write(`{"root":${JSON.stringify(bucket.root)},"versions":[`);
      for await (const one of bucket.versions(key ?? '')) {
        // Longer names that start alike come behind the one that is asked for.
        if (key !== undefined && one.key !== key) break;
        if (options.json) process.stdout.write(`${count > 0 ? ',' : ''}\n${JSON.stringify(shown(one))}`);
        else print(line(one));
        count++;
        bytes += one.size;
      }
      if (options.json) print(`],"count":${count},"bytes":${bytes}}`);
      else
        note(count === 0 ? 'There is no such object, and never was.' : `${count} versions, ${bytes} bytes`);
    });
  });

  sub(
    'restore <uri>',
    'make an older version the current one; it is copied on top, nothing is lost',
    'cxrflow storage restore gs://cxr/images/manifest.jsonl --version 1767225600000000',
  )
    .requiredOption('--version <id>', 'as `storage versions` shows it')
    .action((uri: string, options: DeploymentOptions & { readonly version: string }) => {
      const { root, key } = parseUri(uri);
      return withBucket(root, options, async (bucket) => {
        const now = await bucket.restore(key, options.version);
        if (options.json)
          printJson({ root, key, restored: options.version, version: now.version, size: now.size });
        else note(`restored, ${now.size} bytes; the current version is ${now.version}`);
        if ((await bucket.versioning()) !== 'on')
          note('Versioning is off: what was current before is not kept. `cxrflow storage versioning URI on`');
      });
    });
}

function line({ key, size, version, modified, current, deleted }: ObjectVersion): string {
  const state = deleted ? 'deleted' : current ? 'current' : '';
  return `${String(size).padStart(12)}  ${new Date(modified).toISOString()}  ${state.padEnd(7)}  ${version}  ${oneLine(key)}`;
}

function shown({ modified, ...rest }: ObjectVersion) {
  return { ...rest, modified: new Date(modified).toISOString() };
}
