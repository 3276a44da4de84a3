import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** A server of a test: on a free port, in a folder of its own, gone with the test process. */
export interface Server {
  /** Ends it with SIGKILL; its data stays. */
  kill(): Promise<void>;
  /** Starts it again on the same port and data, ending it in good order if it still runs. */
  restart(): Promise<void>;
  /** Ends it in good order and removes its data. */
  stop(): Promise<void>;
}

export interface Launch {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Sent by `stop` and `restart`. */
  readonly endWith?: NodeJS.Signals;
  /** True once it answers; asked again until then. */
  readonly ready: () => Promise<boolean>;
}

const READY_WITHIN_MS = 60_000;
const ASK_EVERY_MS = 25;
const alive = new Set<ChildProcess>();
const folders = new Set<string>();

process.on('exit', () => {
  for (const child of alive) child.kill('SIGKILL');
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** A new empty folder, removed when the process exits. */
export function temporaryFolder(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `cxrflow-test-${name}-`));
  folders.add(folder);
  return folder;
}

/** A port that nobody listens on now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  await new Promise((done) => server.close(done));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** Starts a server and waits until it answers. */
export async function launch(what: Launch, folder: string): Promise<Server> {
  let child = await start(what);
  return {
    kill: () => end(child, 'SIGKILL'),
    async restart() {
      await end(child, what.endWith ?? 'SIGTERM');
      child = await start(what);
    },
    async stop() {
      await end(child, what.endWith ?? 'SIGTERM');
      rmSync(folder, { recursive: true, force: true });
      folders.delete(folder);
    },
  };
}

async function start({ command, args, env, ready }: Launch): Promise<ChildProcess> {
  const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  alive.add(child);
  let said = '';
  const hear = (text: Buffer) => {
    said = (said + text.toString()).slice(-4000);
  };
  child.stdout?.on('data', hear);
  child.stderr?.on('data', hear);
  child.on('exit', () => alive.delete(child));
  let failed: Error | undefined;
  child.on('error', (error) => {
    failed = error;
  });
  for (
    const until = Date.now() + READY_WITHIN_MS;
    !(await ready().catch(() => false));
    await sleep(ASK_EVERY_MS)
  ) {
    if (failed) throw failed;
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`${command} ended:\n${said}`);
    if (Date.now() > until) {
      child.kill('SIGKILL');
      throw new Error(`${command} does not answer:\n${said}`);
    }
  }
  // A server that a test left running must not keep the test process alive.
  child.unref();
  for (const pipe of [child.stdout, child.stderr]) if (pipe instanceof Socket) pipe.unref();
  return child;
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((done) => child.once('exit', done));
  child.ref();
  child.kill(signal);
  await ended;
}

/** Whether a GET of this address gives a status below 400. */
export async function answers(url: string): Promise<boolean> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(2_000) });
  await answer.body?.cancel();
  return answer.ok;
}
