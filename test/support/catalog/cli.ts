import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const cli = fileURLToPath(new URL('../../../dist/client/cli.js', import.meta.url));

export interface Answer {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Of `--json`; undefined where stdout is no JSON. */
  readonly json: unknown;
}

/** Runs the compiled `cxrflow` to its end. */
export async function cxrflow(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Answer> {
  const child = spawn(process.execPath, [cli, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit') as Promise<[number | null]>,
  ]);
  let json: unknown;
  try {
    json = JSON.parse(stdout);
  } catch {
    json = undefined; // printed for people
  }
  return { code, stdout, stderr, json };
}
