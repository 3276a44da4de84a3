// A side of a bench in a process of its own: fresh memory, fresh threads, nothing compiled yet.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const path = (file) => fileURLToPath(new URL(file, import.meta.url));
export const CLI = path('../../../dist/client/cli.js');

/** Runs `test/bench/sides/<name>.mjs` with JSON in and JSON out (its last line). */
export async function side(name, input, env = {}) {
  const args = ['--disable-warning=ExperimentalWarning', path(`../sides/${name}.mjs`), JSON.stringify(input)];
  const { stdout } = await promisify(execFile)(process.execPath, args, {
    env: { ...process.env, ...env },
    maxBuffer: 64 * 2 ** 20,
  });
  return JSON.parse(stdout.trim().split('\n').at(-1));
}

/** Seconds of a whole program, start to end. @throws where it fails */
export async function seconds(program, args, env = {}) {
  const started = performance.now();
  await promisify(execFile)(program, args, { env: { ...process.env, ...env }, maxBuffer: 256 * 2 ** 20 });
  return (performance.now() - started) / 1000;
}

/** A command of ours that stays, once a line of its stdout matches; `seconds` is how long that took. */
export async function serving(args, env, ready) {
  const started = performance.now();
  const child = spawn(process.execPath, [CLI, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  process.once('exit', () => child.kill('SIGKILL'));
  let said = '';
  await new Promise((resolve, reject) => {
    const hear = (text) => {
      said += text;
      if (ready.test(said)) resolve();
    };
    child.stdout.setEncoding('utf8').on('data', hear);
    child.stderr.setEncoding('utf8').on('data', (text) => {
      said = (said + text).slice(-20_000);
    });
    child.once('exit', (code) => reject(new Error(`${args[0]} ended with ${code}:\n${said}`)));
  });
  return {
    pid: child.pid,
    seconds: (performance.now() - started) / 1000,
    async stop() {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      const [code] = await ended;
      if (code !== 0) throw new Error(`${args[0]} ended with ${code}:\n${said}`);
    },
  };
}

/** Resident memory of a process, MiB. Linux. */
export function residentMb(pid) {
  const kib = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kib) / 1024;
}

/** Processor time of a process so far, seconds. Linux; a tick is 1/100 s. */
export function processorSeconds(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}
