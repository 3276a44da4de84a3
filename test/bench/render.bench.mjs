// Rendering against pydicom and Pillow: whole processes on the same files and processors, start-up included.
import { execFileSync } from 'node:child_process';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { finish, median, processors, quick, result, say, temporaryFolder } from './lib/bench.mjs';
import { CLI, seconds } from './lib/child.mjs';
import { load } from './lib/load.mjs';

const peer = (file) => fileURLToPath(new URL(`peers/${file}`, import.meta.url));
const THREADS = String(processors);
const FILMS = Number(process.env.CXRFLOW_BENCH_FILMS ?? (quick ? 16 : 96));
const PAIRS = quick ? 1 : 3;

const CASES = [
  { name: 'PNG', films: 'explicit', suffix: 'png', size: 0, goal: 8 },
  { name: 'JPEG', films: 'explicit', suffix: 'jpg', size: 0, goal: 3 },
  { name: 'PNG 224x224', films: 'explicit', suffix: 'png', size: 224, goal: 5 },
  { name: 'JPEG 2000 lossless to PNG', films: 'j2k', suffix: 'png', size: 0, goal: 1 },
  { name: 'JPEG 2000 lossless to PNG 224x224', films: 'j2k', suffix: 'png', size: 224, goal: 1 },
  // No goal: nearly all of it is the decoder, WebAssembly against machine code.
  { name: 'JPEG 2000 lossless to JPEG', films: 'j2k', suffix: 'jpg', size: 0 },
];

const python = await (await load('interop/python.ts')).python();
const folder = temporaryFolder();
const made = {};
const results = [];
for (const { name, films, suffix, size, goal } of CASES) {
  const source = join(folder, films);
  if (made[films] === undefined) {
    made[films] = films === 'j2k' ? Math.ceil(FILMS / 4) : FILMS;
    say(`render: making ${made[films]} films, ${films}`);
    const quiet = { stdio: ['ignore', 'ignore', 'inherit'] };
    execFileSync(python, [peer('make_films.py'), source, String(made[films]), films], quiet);
  }
  const out = join(folder, 'out');
  const format = suffix === 'jpg' ? 'jpeg' : 'png';
  const ours = [CLI, 'render', source, '--out', out, '--format', format, '--threads', THREADS];
  if (size > 0) ours.push('--size', `${size}x${size}`);
  const theirs = [peer('render_pillow.py'), source, out, suffix, String(size), THREADS];
  const runs = [];
  // In turns, so that what else the machine does falls on both.
  for (let pair = 0; pair < PAIRS; pair++) {
    runs.push({
      ours: await timed(process.execPath, ours, out, made[films]),
      peer: await timed(python, theirs, out, made[films]),
    });
  }
  const ratio = median(runs.map((run) => run.peer / run.ours));
  const wanted = goal === undefined ? undefined : { atLeast: goal };
  results.push(
    result(`${name}: of the speed of pydicom + Pillow`, ratio, 'x', wanted, { films: made[films], runs }),
  );
}
finish('render', results);

async function timed(program, args, out, count) {
  const taken = await seconds(program, args);
  if (readdirSync(out).length !== count) throw new Error('pictures are missing');
  rmSync(out, { recursive: true });
  return taken;
}
