import { execFile } from 'node:child_process';
import { accessSync, constants, createWriteStream } from 'node:fs';
import { chmod, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { CxrError } from '../errors.js';
import { waitForLock } from './wait-for-lock.js';

const run = promisify(execFile);

/** The version that is downloaded or built; any version found on the machine is taken. Later ones do not `go install`. */
const VERSION = '1.5.1';
const PACKAGE = `github.com/temporalio/cli/cmd/temporal@v${VERSION}`;
/** A build takes 5 minutes on 2 cores. */
const BUILD_LIMIT_MS = 30 * 60_000;
const DOWNLOAD_LIMIT_MS = 5 * 60_000;

/** Where programs are kept between runs: `CXRFLOW_CACHE`, else `cxrflow/bin` in the user's cache. */
export function cacheFolder(env: NodeJS.ProcessEnv): string {
  return (
    env.CXRFLOW_CACHE || join(env.XDG_CACHE_HOME || join(env.HOME || homedir(), '.cache'), 'cxrflow', 'bin')
  );
}

/** The Temporal CLI of this machine: `CXRFLOW_TEMPORAL_CLI`, the cache, or the PATH; undefined where there is none. */
export function findTemporalCli(env: NodeJS.ProcessEnv): string | undefined {
  if (env.CXRFLOW_TEMPORAL_CLI) {
    if (!executable(env.CXRFLOW_TEMPORAL_CLI))
      throw new CxrError('TEMPORAL_CLI', 'CXRFLOW_TEMPORAL_CLI names no program');
    return env.CXRFLOW_TEMPORAL_CLI;
  }
  const folders = [cacheFolder(env), ...(env.PATH ?? '').split(delimiter).filter(Boolean)];
  return folders.map((folder) => join(folder, 'temporal')).find(executable);
}

/**
 * The Temporal CLI: found, else downloaded from its official releases, else built with Go, into the cache.
 *
 * @param say told what takes time, a line each
 * @throws CxrError TEMPORAL_CLI when none of them works
 */
export async function temporalCli(env: NodeJS.ProcessEnv, say: (line: string) => void): Promise<string> {
  const found = findTemporalCli(env);
  if (found !== undefined) return found;
  const cache = cacheFolder(env);
  await mkdir(cache, { recursive: true });
  // Two starts at once: the second waits and finds what the first made.
  const unlock = await waitForLock(cache, BUILD_LIMIT_MS, () =>
    say('Another process is fetching the Temporal CLI; waiting for it.'),
  );
  try {
    const made = findTemporalCli(env) ?? (await download(cache, say)) ?? (await build(cache, env, say));
    if (made === undefined)
      throw new CxrError('TEMPORAL_CLI', 'no download from temporal.download, and no Go to build it with');
    return made;
  } finally {
    unlock();
  }
}

async function download(cache: string, say: (line: string) => void): Promise<string | undefined> {
  const arch = { x64: 'amd64', arm64: 'arm64' }[process.arch as string];
  const platform = { linux: 'linux', darwin: 'darwin' }[process.platform as string];
  if (arch === undefined || platform === undefined) return undefined;
  const url = `https://temporal.download/cli/archive/v${VERSION}?platform=${platform}&arch=${arch}`;
  say(`Fetching the Temporal CLI ${VERSION} into ${cache} (once; about 40 MB) ...`);
  const folder = await mkdtemp(join(cache, 'download-'));
  try {
    const head = await fetchWithin(url, 20_000);
    if (head === undefined) {
      say('  The download is not reachable from here.');
      return undefined;
    }
    const archive = join(folder, 'temporal.tar.gz');
    await pipeline(Readable.fromWeb(head), createWriteStream(archive), {
      signal: AbortSignal.timeout(DOWNLOAD_LIMIT_MS),
    });
    await run('tar', ['-xzf', archive, '-C', folder, 'temporal']);
    return await install(join(folder, 'temporal'), cache);
  } catch {
    say('  The download did not work.');
    return undefined;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The body of an answer whose head came within `limit` ms. */
async function fetchWithin(
  url: string,
  limit: number,
): Promise<import('node:stream/web').ReadableStream | undefined> {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), limit);
  try {
    const response = await fetch(url, { signal: stop.signal });
    if (response.ok && response.body) return response.body as import('node:stream/web').ReadableStream;
    return undefined;
  } catch {
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}

async function build(
  cache: string,
  env: NodeJS.ProcessEnv,
  say: (line: string) => void,
): Promise<string | undefined> {
  // Go's own installer puts it there without touching the PATH.
  const folders = [...(env.PATH ?? '').split(delimiter).filter(Boolean), '/usr/local/go/bin'];
  const go = folders.map((path) => join(path, 'go')).find(executable);
  if (go === undefined) return undefined;
  say(`Building the Temporal CLI ${VERSION} with Go (once; this takes minutes) ...`);
  const folder = await mkdtemp(join(cache, 'build-'));
  const beat = setInterval(() => say('  still building ...'), 30_000);
  try {
    await run(go, ['install', PACKAGE], { env: { ...env, GOBIN: folder }, timeout: BUILD_LIMIT_MS });
    return await install(join(folder, 'temporal'), cache);
  } catch (error) {
    throw new CxrError('TEMPORAL_CLI', `\`go install ${PACKAGE}\` failed`, { cause: error });
  } finally {
    clearInterval(beat);
    await rm(folder, { recursive: true, force: true });
  }
}

/** Moves a program into the cache, whole, once it has shown that it runs here. */
async function install(program: string, cache: string): Promise<string> {
  await chmod(program, 0o755);
  await run(program, ['--version'], { timeout: 60_000 });
  const target = join(cache, 'temporal');
  await rename(program, target);
  return target;
}

function executable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
