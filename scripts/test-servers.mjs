#!/usr/bin/env node
// Builds the servers that the integration and fault tests start, with Go, into the cache folder. What is there
// already, in the cache or on the PATH, is left alone.
import { execFileSync, spawnSync } from 'node:child_process';
import { accessSync, constants, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Pinned: later Temporal CLIs do not `go install`. */
const SERVERS = [
  { name: 'temporal', from: 'github.com/temporalio/cli/cmd/temporal@v1.5.1', makes: 'temporal' },
  { name: 'minio', from: 'github.com/minio/minio@v0.0.0-20250907161309-07c3a429bfed', makes: 'minio' },
  { name: 'fake-gcs-server', from: 'github.com/fsouza/fake-gcs-server@v1.56.1', makes: 'fake-gcs-server' },
  { name: 'toxiproxy-server', from: 'github.com/Shopify/toxiproxy/v2/cmd/server@v2.5.0', makes: 'server' },
];

const env = process.env;
// The same folder as src/server/temporal-cli.ts.
const cache =
  env.CXRFLOW_CACHE || join(env.XDG_CACHE_HOME || join(env.HOME || homedir(), '.cache'), 'cxrflow', 'bin');
mkdirSync(cache, { recursive: true });

// Two builds at once would take turns at the processor for nothing: the second waits and finds all built.
if (!process.argv.includes('--locked')) {
  const self = [process.execPath, fileURLToPath(import.meta.url), '--locked'];
  const locked = spawnSync('flock', [join(cache, '.test-servers.lock'), ...self], { stdio: 'inherit' });
  if (locked.error?.code !== 'ENOENT') process.exit(locked.status ?? 1);
}

const folders = [cache, ...(env.PATH ?? '').split(delimiter).filter(Boolean)];
const find = (name) => folders.map((folder) => join(folder, name)).find(isProgram);
let missing = 0;
for (const { name, from, makes } of SERVERS) {
  const found = find(name);
  if (found) {
    console.log(`${name}: ${found}`);
    continue;
  }
  console.log(`${name}: building ${from} (minutes) ...`);
  const started = Date.now();
  const folder = mkdtempSync(join(cache, 'build-'));
  try {
    execFileSync('go', ['install', from], {
      env: { ...env, GOBIN: folder, GOFLAGS: '-trimpath', CGO_ENABLED: '0' },
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    renameSync(join(folder, makes), join(cache, name));
    console.log(`${name}: ${join(cache, name)} (${Math.round((Date.now() - started) / 1000)} s)`);
  } catch (error) {
    missing++;
    console.error(error.code === 'ENOENT' ? `${name}: no Go here: https://go.dev/dl` : `${name}: not built`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
process.exit(missing === 0 ? 0 : 1);

function isProgram(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
