// Rendering against pydicom and Pillow: whole processes on the same files and processors, start-up included.
// CXRFLOW_PYTHON names a Python with test/interop/requirements.txt. Prints one JSON object; exit 1 below a goal.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';

const path = (file) => new URL(file, import.meta.url).pathname;
const CLI = path('../../dist/client/cli.js');
const PYTHON = process.env.CXRFLOW_PYTHON ?? 'python3';
const THREADS = String(availableParallelism());
const FILMS = Number(process.env.CXRFLOW_BENCH_FILMS ?? 96);
const REPEATS = 3;

const CASES = [
  { name: 'PNG', films: 'explicit', suffix: 'png', size: 0, goal: 8 },
  { name: 'JPEG', films: 'explicit', suffix: 'jpg', size: 0, goal: 3 },
  { name: 'PNG 224x224', films: 'explicit', suffix: 'png', size: 224, goal: 5 },
  { name: 'JPEG 2000 lossless to PNG', films: 'j2k', suffix: 'png', size: 0, goal: 1 },
  { name: 'JPEG 2000 lossless to PNG 224x224', films: 'j2k', suffix: 'png', size: 224, goal: 1 },
  // No goal: nearly all of it is the decoder, WebAssembly against machine code.
  { name: 'JPEG 2000 lossless to JPEG', films: 'j2k', suffix: 'jpg', size: 0, goal: 0 },
];

const folder = mkdtempSync(join(tmpdir(), 'cxrflow-bench-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
const quiet = { stdio: ['ignore', 'ignore', 'inherit'] };

function seconds(out, program, args) {
  const started = performance.now();
  execFileSync(program, args, { stdio: ['ignore', 'ignore', 'ignore'] });
  const taken = (performance.now() - started) / 1000;
  const made = readdirSync(out).length;
  rmSync(out, { recursive: true });
  return { taken, made };
}

const films = {};
const results = [];
for (const { name, films: kind, suffix, size, goal } of CASES) {
  const source = join(folder, kind);
  if (films[kind] === undefined) {
    films[kind] = kind === 'j2k' ? Math.ceil(FILMS / 4) : FILMS;
    console.error(`making ${films[kind]} films, ${kind}`);
    execFileSync(PYTHON, [path('peers/make_films.py'), source, String(films[kind]), kind], quiet);
  }
  const out = join(folder, 'out');
  const ours = [
    'render',
    source,
    '--out',
    out,
    '--format',
    suffix === 'jpg' ? 'jpeg' : 'png',
    '--threads',
    THREADS,
  ];
  if (size > 0) ours.push('--size', `${size}x${size}`);
  const peer = [path('peers/render_pillow.py'), source, out, suffix, String(size), THREADS];
  // In turns, so that what else the machine does falls on both; the fastest run of each is the least disturbed.
  const runs = Array.from({ length: REPEATS }, () => ({
    ours: seconds(out, process.execPath, [CLI, ...ours]),
    peer: seconds(out, PYTHON, peer),
  }));
  const best = (who) => Math.min(...runs.map((run) => run[who].taken));
  for (const run of runs)
    if (run.ours.made !== films[kind] || run.peer.made !== films[kind])
      throw new Error(`${name}: pictures are missing`);
  const ratio = best('peer') / best('ours');
  const result = {
    name,
    films: films[kind],
    ours: best('ours'),
    peer: best('peer'),
    ratio,
    goal,
    met: ratio >= goal,
  };
  console.error(
    `${name}: ${result.ours.toFixed(2)} s, pydicom + Pillow ${result.peer.toFixed(2)} s: ${ratio.toFixed(1)}x (goal ${goal}x)`,
  );
  results.push(result);
}
console.log(JSON.stringify({ bench: 'render', processors: Number(THREADS), results }, null, 2));
process.exitCode = results.every(({ met }) => met) ? 0 : 1;
