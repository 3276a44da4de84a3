import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const CLI = fileURLToPath(new URL('../../dist/client/cli.js', import.meta.url));

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a compiled `cxrflow` command to its end. */
export function cxrflow(args: readonly string[], env: NodeJS.ProcessEnv = process.env): Promise<Outcome> {
  if (!existsSync(CLI)) throw new Error('dist/ is missing: npm run build');
  return new Promise((resolve) => {
    execFile(process.execPath, [CLI, ...args], { env, timeout: 60_000 }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : error ? -1 : 0, stdout, stderr });
    });
  });
}

/** A command that goes on until it is stopped: `up`, `worker`. */
export interface Running {
  readonly child: ChildProcess;
  /** What it printed with `--json` when it was ready. */
  readonly ready: Record<string, unknown>;
  /** Milliseconds from start to ready. */
  readonly took: number;
  stderr(): string;
  /** Sends a signal and waits for the end; the exit code, or the signal's name. */
  end(signal: NodeJS.Signals): Promise<number | string>;
}

/**
 * Starts `cxrflow` with `--json` and waits until it says that it is ready.
 *
 * @param wrapper a program, with its arguments, that becomes `cxrflow`
 */
export async function running(
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
  wrapper: readonly string[] = [],
): Promise<Running> {
  const started = Date.now();
  const [program = '', ...rest] = [...wrapper, process.execPath, CLI, ...args, '--json'];
  const child = spawn(program, rest, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stderr.on('data', (chunk) => {
    stderr += String(chunk);
  });
  const exited = once(child, 'exit');
  const ready = await new Promise<Record<string, unknown>>((resolve, reject) => {
    child.stdout.on('data', (chunk) => {
      stdout += String(chunk);
      if (stdout.trimEnd().endsWith('\n}')) resolve(JSON.parse(stdout));
    });
    exited.then(() => reject(new Error(`it ended before it was ready: ${stdout}${stderr}`)));
  });
  return {
    child,
    ready,
    took: Date.now() - started,
    stderr: () => stderr,
    async end(signal) {
      child.kill(signal);
      const [code, by] = await exited;
      return code ?? by;
    },
  };
}
