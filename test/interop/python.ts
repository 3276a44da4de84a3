/**
 * A Python with the packages of requirements.txt, for the programs of others that tests compare with. Made once, in
 * the cache folder (`CXRFLOW_CACHE` or `~/.cache/cxrflow`), under a lock; `CXRFLOW_PYTHON` names one that is there.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

const REQUIREMENTS = new URL('./requirements.txt', import.meta.url).pathname;

let path: string | undefined;

/** The interpreter. Installing takes a minute the first time. */
export function python(): string {
  path ??= process.env.CXRFLOW_PYTHON ?? install();
  return path;
}

function install(): string {
  const cache = process.env.CXRFLOW_CACHE ?? join(homedir(), '.cache', 'cxrflow');
  const edition = createHash('sha256').update(readFileSync(REQUIREMENTS)).digest('hex').slice(0, 8);
  const folder = join(cache, `venv-${edition}`);
  mkdirSync(cache, { recursive: true });
  // The marker is made last: a venv without it is half made.
  const script = `set -e; test -e "$1/complete" && exit 0; rm -rf "$1"; python3 -m venv "$1"
    "$1/bin/pip" install --quiet --disable-pip-version-check -r "$2"; touch "$1/complete"`;
  execFileSync('flock', [`${folder}.lock`, 'bash', '-c', script, 'bash', folder, REQUIREMENTS], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return join(folder, 'bin', 'python');
}

/** Run a script of this folder; what it prints on stdout. */
export function runPython(script: string, ...args: readonly string[]): string {
  return execFileSync(python(), [new URL(script, import.meta.url).pathname, ...args], {
    encoding: 'utf8',
    maxBuffer: 64 * 2 ** 20,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}
