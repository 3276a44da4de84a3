// Inference through the gpu queue (files read, decoded and made ready ahead) against a bare onnxruntime loop that is
// given finished tensors, and against a loop over the same files.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodePng } from '../../dist/dicom/render/encode.js';
import { chestFilm } from '../../dist/samples/phantom/chest.js';
import { createRandom } from '../../dist/samples/random.js';
import { finish, median, quick, result, say, temporaryFolder } from './lib/bench.mjs';
import { side } from './lib/child.mjs';
import { load } from './lib/load.mjs';

const IMAGES = quick ? 24 : 48;
const PAIRS = quick ? 1 : 3;
const BATCH = 8;
const SIZE = 640;
/** About 14 billion multiplications an image; on CPU as slow as a nano model of Ultralytics. */
const DEPTH = 60;
const GOAL = { atLeast: 0.9 };

const folder = temporaryFolder();
const pictures = join(folder, 'pictures');
mkdirSync(pictures);
say(`inference: making ${IMAGES} pictures of ${SIZE} x ${SIZE}`);
const film = chestFilm(
  { rows: SIZE, columns: SIZE, view: 'PA', female: false, anatomySeed: 7 },
  createRandom(7),
);
for (let i = 0; i < IMAGES; i++) {
  const data = Buffer.from(film.data.map((v) => Math.max(0, Math.min(255, Math.round(v * 230 + (i % 25))))));
  // As `ingest` stores them.
  const png = await encodePng({ width: SIZE, height: SIZE, channels: 1, bits: 8, data, maxValue: 255 });
  writeFileSync(join(pictures, `${String(i).padStart(4, '0')}.png`), png);
}
const { detectorModel } = await load('support/onnx-graph.ts');
const classes = ['nodule', 'effusion', 'cardiomegaly'];
const model = join(folder, 'detector.onnx');
writeFileSync(model, detectorModel({ classes, width: SIZE, height: SIZE, layout: 'raw', depth: DEPTH }));

const runs = [];
for (let pair = 0; pair < PAIRS; pair++) {
  const measured = {};
  // In turns, so that what else the machine does falls on all.
  for (const how of ['bare', 'queue', 'loop']) {
    const place = join(folder, `${pair}-${how}`);
    mkdirSync(place);
    measured[how] = await side('inference', { how, model, pictures, folder: place, batch: BATCH });
    rmSync(place, { recursive: true });
  }
  const per = (how) => (IMAGES / measured[how].seconds).toFixed(1);
  say(
    `  images a second: onnxruntime alone ${per('bare')}, queue ${per('queue')}, loop over files ${per('loop')}`,
  );
  runs.push(measured);
}
const ratio = (how) => median(runs.map((run) => run[how].seconds / run.queue.seconds));
const busy = median(runs.map((run) => run.queue.processorSeconds / run.bare.processorSeconds));
finish('inference', [
  result('throughput of the queue of that of a loop over the same files', ratio('loop'), 'x', GOAL, { runs }),
  result('throughput of the queue of that of onnxruntime with finished tensors', ratio('bare'), 'x', GOAL),
  // Without a card, reading and decoding take their time from the same processors.
  result('processor time of the queue by that of onnxruntime with finished tensors', busy, 'x'),
  result('images through the queue', median(runs.map((run) => IMAGES / run.queue.seconds)), ' images/s'),
]);
