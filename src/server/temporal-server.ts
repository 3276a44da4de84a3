import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, Connection } from '@temporalio/client';
import { CxrError } from '../errors.js';
import type { Logger } from '../workers/log.js';
import { freePort } from '../workers/runtime.js';
import { isAlive, type ProcessId, startOf } from './process-info.js';

export interface TemporalServerOptions {
  readonly cli: string;
  /** Its state and log are kept here: `temporal.db` and what goes with it, `temporal.log`. */
  readonly data: string;
  readonly namespace: string;
  readonly log: Logger;
  /** Called when it ends without being asked. */
  readonly onDeath: () => void;
}

export interface TemporalServer {
  readonly address: string;
  /** Of the Web UI. */
  readonly ui: string;
  readonly process: ProcessId;
  stop(): Promise<void>;
}

const START_LIMIT_MS = 30_000;
const TRIES = 5;
const STOP_LIMIT_MS = 10_000;

/**
 * The Temporal dev server on free ports of this machine, its state in the data folder. It ends with this process,
 * also after a kill -9.
 *
 * A server that is still stopping holds the state (`SQLITE_BUSY`): the start is tried again until it has let go.
 *
 * @throws CxrError TEMPORAL_UNREACHABLE when it does not come up
 */
export async function startTemporalServer(options: TemporalServerOptions): Promise<TemporalServer> {
  for (let attempt = 1; ; attempt++) {
    const server = await tryStart(options);
    if (server !== undefined) return server;
    options.log.warn({ attempt }, 'the Temporal server ended while starting');
    if (attempt === TRIES)
      throw new CxrError('TEMPORAL_UNREACHABLE', 'the embedded server; see temporal.log in the data folder');
    await sleep(500 * attempt);
  }
}

/**
 * A task queue has four partitions by default. A worker that polls for as few tasks as it has processors then often asks
 * where none lie: tasks that had to wait for a slot wait a second more.
 */
const ONE_PARTITION = ['matching.numTaskqueueReadPartitions=1', 'matching.numTaskqueueWritePartitions=1'];

/**
 * Its state is forced to the disk now and then instead of twice at each of its hundreds of steps a run: as that of the
 * catalog beside it (docs/catalog.md), it survives the end of the process, and a power cut as it was some steps before.
 */
const WRITE_AHEAD = ['journal_mode=wal', 'synchronous=normal'];

async function tryStart(options: TemporalServerOptions): Promise<TemporalServer | undefined> {
  const [port, uiPort] = [await freePort(), await freePort()];
  const output = openSync(join(options.data, 'temporal.log'), 'a', 0o600);
  const child = spawn(
    options.cli,
    [
      ...['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(port), '--ui-port', String(uiPort)],
      ...['--db-filename', join(options.data, 'temporal.db'), '--namespace', options.namespace],
      ...['--log-level', 'warn', '--log-format', 'json'],
      ...WRITE_AHEAD.flatMap((value) => ['--sqlite-pragma', value]),
      ...ONE_PARTITION.flatMap((value) => ['--dynamic-config-value', value]),
    ],
    // In a process group of its own: Ctrl-C is for us, who stop it after the workers.
    { stdio: ['ignore', output, output], detached: true, cwd: options.data },
  );
  closeSync(output);
  let ended = false;
  child.once('exit', () => {
    ended = true;
  });
  await once(child, 'spawn').catch((cause: unknown) => {
    throw new CxrError('TEMPORAL_CLI', 'it does not start', { cause });
  });
  const pid = child.pid as number;
  const watch = killWhenOrphaned(pid);
  const address = `127.0.0.1:${port}`;
  if (!(await answers(address, () => ended))) {
    await stop(child, watch);
    return undefined;
  }
  let stopping = false;
  child.once('exit', () => {
    if (!stopping) options.onDeath();
  });
  child.unref();
  return {
    address,
    ui: `http://127.0.0.1:${uiPort}`,
    process: { pid, started: startOf(pid) ?? '' },
    stop: () => {
      stopping = true;
      return stop(child, watch);
    },
  };
}

async function answers(address: string, ended: () => boolean): Promise<boolean> {
  const until = Date.now() + START_LIMIT_MS;
  while (!ended() && Date.now() < until) {
    try {
      const connection = await Connection.connect({ address, connectTimeout: 1_000 });
      await connection.close();
      return true;
    } catch {
      await sleep(50); // it is not listening yet
    }
  }
  return false;
}

/** A shell that waits for the end of its pipe, which is our death, and then ends the server. */
function killWhenOrphaned(pid: number): ChildProcess {
  const script = `cat >/dev/null; kill -TERM ${pid} 2>/dev/null; sleep 8; kill -KILL ${pid} 2>/dev/null`;
  const watch = spawn('sh', ['-c', script], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  watch.unref();
  return watch;
}

async function stop(child: ChildProcess, watch: ChildProcess): Promise<void> {
  // First the watch: it must not signal a pid that has passed to another process.
  if (watch.pid !== undefined) process.kill(-watch.pid, 'SIGKILL');
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.ref();
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  const force = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
  await gone;
  clearTimeout(force);
}

/** Awaits the end of a server that a killed process left behind, and ends it when it does not by itself. */
export async function endOrphan(server: ProcessId): Promise<void> {
  const until = Date.now() + STOP_LIMIT_MS;
  if (isAlive(server)) process.kill(server.pid, 'SIGTERM');
  while (isAlive(server)) {
    if (Date.now() > until) process.kill(server.pid, 'SIGKILL');
    await sleep(50);
  }
}

/** How long the embedded server keeps the history of a closed run; its own default is a day. */
export async function setRetention(client: Client, milliseconds: number): Promise<void> {
  await client.connection.workflowService.updateNamespace({
    namespace: client.options.namespace,
    config: { workflowExecutionRetentionTtl: { seconds: Math.round(milliseconds / 1000) as never } },
  });
}
