// What all benches share: one bench is one process, which says how it goes on stderr and prints one JSON object.
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';

/** Smaller numbers, for a look: no verdict should hang on them. */
export const quick = process.argv.includes('quick');
export const processors = availableParallelism();

export const say = (line) => console.error(line);

/** Of a bench or of one of its sides; removed when the process ends. */
export function temporaryFolder() {
  const folder = mkdtempSync(join(process.env.CXRFLOW_BENCH_TMP ?? tmpdir(), 'cxrflow-bench-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/**
 * One line of the table.
 * @param goal `{atLeast}` or `{atMost}`; undefined for what is only told
 */
export function result(name, value, unit, goal, detail = {}) {
  const met =
    goal === undefined || (goal.atLeast === undefined ? value <= goal.atMost : value >= goal.atLeast);
  const line = { name, value, unit, ...(goal && { goal }), met, ...detail };
  say(`  ${row(line)}`);
  return line;
}

/** `PASS  6.1x  (at least 5x)  PNG 224x224`. */
export function row({ name, value, unit, goal, met }) {
  const verdict = goal === undefined ? '    ' : met ? 'PASS' : 'FAIL';
  const wanted =
    goal === undefined
      ? ''
      : goal.atLeast === undefined
        ? `at most ${goal.atMost}${unit}`
        : `at least ${goal.atLeast}${unit}`;
  return `${verdict}  ${`${short(value)}${unit}`.padStart(14)}  ${wanted.padEnd(20)}  ${name}`;
}

function short(value) {
  if (Math.abs(value) >= 100) return value.toFixed(0);
  return Math.abs(value) >= 10 ? value.toFixed(1) : value.toFixed(2);
}

/** The end of a bench. Exit 1 below a goal. */
export function finish(bench, results) {
  console.log(JSON.stringify({ bench, quick, processors, node: process.version, results }));
  process.exitCode = results.every(({ met }) => met) ? 0 : 1;
}
