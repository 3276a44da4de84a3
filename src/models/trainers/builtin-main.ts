/** The built-in trainer as an external one: a process of its own, so that it is stopped, limited and resumed as any. */
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { parseArgs } from 'node:util';
import { trainBuiltIn } from './builtin.js';
import type { TrainingParams } from './trainer.js';

const say = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`);
const { values } = parseArgs({
  options: {
    dataset: { type: 'string' },
    params: { type: 'string' },
    output: { type: 'string' },
    // What is in the output folder is gone on from, named or not.
    resume: { type: 'string' },
  },
});
const { dataset = '', params = '', output = '' } = values;
const stop = new AbortController();
process.on('SIGTERM', () => stop.abort());
try {
  const { model, metrics } = await trainBuiltIn(
    dataset,
    JSON.parse(readFileSync(params, 'utf8')) as TrainingParams,
    output,
    (progress) => say({ type: 'progress', ...progress }),
    stop.signal,
  );
  say({ type: 'result', model: relative(output, model), metrics });
} catch (error) {
  // stderr is the trainer's log, which stays on this machine and in the reports of the run.
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = stop.signal.aborted ? 143 : 1;
}
