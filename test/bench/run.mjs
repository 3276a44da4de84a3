// npm run bench [-- quick] [-- NAME…] [-- --json]: the benches one after another, then a table of what they measured.
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { processors, row, say } from './lib/bench.mjs';

const folder = new URL('.', import.meta.url);
const SUFFIX = '.bench.mjs';
const all = readdirSync(folder)
  .filter((file) => file.endsWith(SUFFIX))
  .map((file) => file.slice(0, -SUFFIX.length));
const words = process.argv.slice(2);
const json = words.includes('--json');
const quick = words.includes('quick');
const named = words.filter((word) => word !== 'quick' && word !== '--json');
const unknown = named.filter((name) => !all.includes(name));
if (unknown.length > 0) {
  say(`no bench of that name: ${unknown.join(', ')}; there are ${all.join(', ')}`);
  process.exit(2);
}

const machine = `${processors} x ${cpus()[0].model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB, node ${process.version}`;
say(machine);
const benches = [];
for (const name of named.length > 0 ? named : all) benches.push(await run(name));

if (json) console.log(JSON.stringify({ machine, quick, benches }, null, 2));
else
  for (const { bench, results, error } of benches) {
    console.log(`\n${bench}`);
    if (error !== undefined) console.log(`FAIL  ${error}`);
    for (const line of results) console.log(row(line));
  }
const met = benches.every(({ error, results }) => error === undefined && results.every((line) => line.met));
process.exitCode = met ? 0 : 1;

/** A bench that ends below a goal has still measured; one that breaks has not. */
async function run(name) {
  const file = new URL(`${name}${SUFFIX}`, import.meta.url).pathname;
  const args = ['--disable-warning=ExperimentalWarning', file, ...(quick ? ['quick'] : [])];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let out = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    out += text;
  });
  const code = await new Promise((resolve) => child.once('close', resolve));
  try {
    return JSON.parse(out.trim().split('\n').at(-1));
  } catch {
    return { bench: name, results: [], error: `ended with ${code} and no result` };
  }
}
