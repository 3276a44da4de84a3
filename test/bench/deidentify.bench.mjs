// De-identification against a script with pydicom: whole processes on the same files and processors.
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { finish, median, processors, quick, result, say, temporaryFolder } from './lib/bench.mjs';
import { CLI, seconds } from './lib/child.mjs';
import { writeFilms } from './lib/films.mjs';
import { load } from './lib/load.mjs';

const PEER = fileURLToPath(new URL('peers/deidentify_pydicom.py', import.meta.url));
const PAIRS = quick ? 1 : 3;
const CASES = [
  { name: '16-bit films of 2500 x 2048', count: quick ? 12 : 60, rows: 2500, columns: 2048 },
  { name: 'small files', count: quick ? 200 : 1_000, rows: 64, columns: 64, anySyntax: true },
];

const python = await (await load('interop/python.ts')).python();
const folder = temporaryFolder();
const env = { CXRFLOW_PSEUDONYM_KEY: '0'.repeat(63).concat('1') };
const results = [];
for (const { name, ...films } of CASES) {
  const source = join(folder, name);
  say(`deidentify: making ${films.count} ${name}`);
  await writeFilms(source, films);
  const out = join(folder, 'out');
  const basic = await pairs(source, out, films.count, 'basic');
  results.push(result(`${name}, profile basic: of pydicom's speed`, basic.ratio, 'x', undefined, basic));
  const research = await pairs(source, out, films.count, 'research');
  const also = 'profile research, with text cleaned and pixels searched for text';
  results.push(result(`${name}, ${also}: of pydicom's speed`, research.ratio, 'x', undefined, research));
}
finish('deidentify', results);

async function pairs(source, out, count, profile) {
  const runs = [];
  for (let pair = 0; pair < PAIRS; pair++) {
    const ours = await seconds(
      process.execPath,
      [CLI, 'deidentify', source, '--out', out, '--profile', profile],
      env,
    );
    made(out, count);
    const peer = await seconds(python, [PEER, source, out, String(processors)]);
    made(out, count);
    runs.push({ ours, peer });
  }
  return { ratio: median(runs.map(({ ours, peer }) => peer / ours)), runs };
}

function made(out, count) {
  const files = readdirSync(out, { recursive: true }).filter((file) => file.endsWith('.dcm')).length;
  if (files !== count) throw new Error(`${files} of ${count} files made`);
  rmSync(out, { recursive: true });
}
