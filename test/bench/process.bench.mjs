// chestXrayProcessing against tf.data and PySpark: images per second of the job itself, by the workflow's own clock
// and by the peers' own. The peers are other people's engines in scripts outside of this repository:
// CXRFLOW_BENCH_PEERS names a folder with gen_kermany.py, process_tf.py and process_spark.py.
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { finish, median, quick, result, say, temporaryFolder } from './lib/bench.mjs';
import { CLI, serving } from './lib/child.mjs';
import { writePictures } from './lib/films.mjs';
import { load } from './lib/load.mjs';

const IMAGES = Number(process.env.CXRFLOW_BENCH_IMAGES ?? (quick ? 100 : 1000));
const PAIRS = quick ? 1 : 3;
const peers = process.env.CXRFLOW_BENCH_PEERS;
const spark = process.env.CXRFLOW_BENCH_SPARK_PYTHON;
const run = promisify(execFile);
const QUIET = { maxBuffer: 64 * 2 ** 20 };

const { datasetsPython } = await load('interop/python.ts');
const folder = temporaryFolder();
const source = join(folder, 'source');
const versions = join(folder, 'versions');
mkdirSync(versions);

say(`process: making ${IMAGES} JPEGs of 1500 x 1200`);
const generator = peers && join(peers, 'gen_kermany.py');
if (generator && existsSync(generator))
  await run(await datasetsPython(), [generator, source, String(IMAGES)], QUIET);
else await writePictures(source, { count: IMAGES, width: 1500, height: 1200 });

const data = join(folder, 'data');
const up = await serving(['up', '--data', data, '--port', '0'], {}, /ready/);
let version = 0;
const CASES = [
  {
    peer: 'tf.data',
    script: 'process_tf.py',
    formats: ['tfrecord'],
    goal: 1.5,
    python: peers && datasetsPython,
  },
  {
    peer: 'PySpark local[2]',
    script: 'process_spark.py',
    formats: ['parquet'],
    goal: 5,
    python: spark && (() => spark),
  },
];
// Once unmeasured: threads start with the first image, and decoders are compiled.
await ours(['tfrecord']);
const results = [];
for (const { peer, script, formats, goal, python: interpreter } of CASES) {
  const theirs = peers && join(peers, script);
  const there = theirs !== undefined && existsSync(theirs) && interpreter !== undefined;
  if (!there)
    say(
      `  ${peer} is not here: set CXRFLOW_BENCH_PEERS${script.includes('spark') ? ' and CXRFLOW_BENCH_SPARK_PYTHON (a Python with pyspark, pillow and numpy)' : ''}`,
    );
  const runs = [];
  // In turns, so that what else the machine does falls on both.
  for (let pair = 0; pair < PAIRS; pair++)
    runs.push({
      ours: await ours(formats),
      peer: there ? await speedOf(await interpreter(), theirs) : undefined,
    });
  const label = `${formats[0]}, 224 x 224 from 1500 x 1200 JPEG`;
  results.push(result(label, median(runs.map((one) => one.ours)), ' images/s', undefined, { runs }));
  if (there)
    results.push(
      result(`of the speed of ${peer}`, median(runs.map((one) => one.ours / one.peer)), 'x', {
        atLeast: goal,
      }),
    );
}
await up.stop();
finish('process', results);

/** Images per second of a whole run: listing, pre-flight and publishing included. */
async function ours(formats) {
  const destination = pathToFileURL(join(versions, String(version++))).href;
  // No PNG beside each tensor, as the peers write none.
  const input = {
    source: pathToFileURL(source).href,
    destination,
    formats,
    steps: { output: { picture: 'none' } },
  };
  const args = [
    CLI,
    'start',
    'chestXrayProcessing',
    '--data',
    data,
    '--input',
    JSON.stringify(input),
    '--wait',
    '--json',
  ];
  await settled();
  const { done, seconds } = JSON.parse((await run(process.execPath, args, QUIET)).stdout);
  if (done !== IMAGES) throw new Error(`${done} of ${IMAGES} images`);
  return done / seconds;
}

/** What the peer prints; of Spark without the start of its session. */
async function speedOf(interpreter, script) {
  const out = join(folder, `peer-${version++}`);
  const env = { ...process.env, PYSPARK_PYTHON: interpreter, CUDA_VISIBLE_DEVICES: '' };
  await settled();
  const { stdout } = await run(interpreter, [script, source, out], { ...QUIET, env });
  return Number(/images_per_s ([\d.]+)/.exec(stdout)?.[1]);
}

/** What the other side has left to the system is written now, and not beside the next one. */
async function settled() {
  await run('sync');
}
