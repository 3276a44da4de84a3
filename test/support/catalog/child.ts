import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const dist = fileURLToPath(new URL('../../../dist/', import.meta.url));

export interface Child {
  readonly process: ChildProcess;
  /** Waits for the next line of its stdout; undefined once it has ended. */
  line(): Promise<string | undefined>;
  /** Its exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>;
}

/** A Node process on the compiled program: `script` is an ES module in which `dist` is the URL of its folder. */
export function child(script: string, env: Readonly<Record<string, string>> = {}): Child {
  const process_ = spawn(
    process.execPath,
    ['--input-type=module', '-e', `const dist = ${JSON.stringify(`file://${dist}`)};\n${script}`],
    { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, ...env } },
  );
  const lines = createInterface({ input: process_.stdout })[Symbol.asyncIterator]();
  return {
    process: process_,
    line: async () => {
      const next = await lines.next();
      return next.done ? undefined : next.value;
    },
    ended: once(process_, 'exit').then(([code, signal]) => (code ?? signal) as number | string),
  };
}
