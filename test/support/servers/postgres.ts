import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import pg from 'pg';
import { isProgram } from './binary.js';
import { freePort, launch, type Server, temporaryFolder } from './process.js';

export interface Postgres extends Server {
  /** Of the database `postgres`. */
  readonly url: string;
  /** A new empty database; its URL. */
  createDatabase(name: string): Promise<string>;
}

/** Postgres refuses to run as root: there this user of the system runs it, else the test's own. */
const UNPRIVILEGED = 'nobody';

/** A Postgres server of the system's newest version. */
export async function startPostgres(): Promise<Postgres> {
  const bin = findBin();
  const folder = temporaryFolder('postgres');
  const data = join(folder, 'data');
  const port = await freePort();
  mkdirSync(data, { mode: 0o700 });
  const as = process.getuid?.() === 0 ? idsOf(UNPRIVILEGED) : undefined;
  if (as) {
    chmodSync(folder, 0o755);
    chownSync(data, as.uid, as.gid);
  }
  const wrap = (command: string, args: readonly string[]): [string, string[]] =>
    as
      ? ['setpriv', [`--reuid=${as.uid}`, `--regid=${as.gid}`, '--clear-groups', command, ...args]]
      : [command, [...args]];

  const initArgs = ['-D', data, '-U', 'cxrflow', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'];
  execFileSync(...wrap(join(bin, 'initdb'), initArgs), { stdio: 'pipe', cwd: folder });
  const url = `postgres://cxrflow@127.0.0.1:${port}/postgres`;
  const [command, args] = wrap(join(bin, 'postgres'), [
    ...['-D', data, '-p', String(port), '-h', '127.0.0.1', '-k', ''],
    // What a kill -9 of the process loses does not depend on fsync, only what a power cut loses does.
    ...['-c', 'fsync=off', '-c', 'shared_buffers=32MB', '-c', 'max_connections=200'],
  ]);
  // SIGINT is Postgres' fast shutdown; SIGTERM waits until every client has gone.
  const server = await launch(
    { command, args, endWith: 'SIGINT', ready: () => query(url, 'select 1') },
    folder,
  );
  return {
    ...server,
    url,
    async createDatabase(name) {
      await query(url, `create database ${pg.escapeIdentifier(name)}`);
      return url.replace(/postgres$/, encodeURIComponent(name));
    },
  };
}

async function query(url: string, sql: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  // A server killed by a test ends its idle connections with an error event.
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query(sql);
    return true;
  } finally {
    await client.end().catch(() => undefined);
  }
}

function findBin(): string {
  const debian = '/usr/lib/postgresql';
  const versions = safeList(debian)
    .map(Number)
    .filter((version) => version > 0)
    .sort((a, b) => b - a)
    .map((version) => join(debian, String(version), 'bin'));
  const folders = [...versions, ...(process.env.PATH ?? '').split(delimiter)];
  const found = folders.find(
    (folder) => isProgram(join(folder, 'postgres')) && isProgram(join(folder, 'initdb')),
  );
  if (found === undefined) throw new Error('no Postgres: install the package "postgresql"');
  return found;
}

function safeList(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function idsOf(user: string): { uid: number; gid: number } {
  const id = (flag: string) => Number(execFileSync('id', [flag, user], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}
