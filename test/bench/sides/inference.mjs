// Pictures through a model: how = bare (tensors made before, onnxruntime alone), loop (one file after another, all of
// it in this thread) or queue (the activity of the gpu queue).
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { pathToFileURL } from 'node:url';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { openModel } from '../../../dist/models/open-model.js';
import { decodePicture } from '../../../dist/models/picture.js';
import { prepare } from '../../../dist/models/prepare.js';
import { openActivities } from '../lib/activities.mjs';

const { how, model, pictures, folder, batch } = JSON.parse(process.argv[2]);
const files = readdirSync(pictures).sort();
const read = (file) => readFileSync(join(pictures, file));
// The network knows nothing: at the usual threshold it would find thousands of boxes in each picture.
const SURE = { confidence: 0.9 };
const sides = { bare, loop, queue };
const measured = await sides[how]();
console.log(JSON.stringify({ ...measured, images: files.length }));
process.exit(0);

async function bare() {
  const bytes = readFileSync(model);
  const { plan, close } = await openModel(bytes, {}, { device: 'cpu' });
  await close();
  const session = await InferenceSession.create(bytes, { executionProviders: ['cpu'] });
  const batches = [];
  for (let i = 0; i < files.length; i += batch) {
    const part = [];
    for (const file of files.slice(i, i + batch))
      part.push(prepare(await decodePicture(read(file)), plan).tensor);
    const flat = new Float32Array(part.length * part[0].length);
    part.forEach((tensor, k) => {
      flat.set(tensor, k * tensor.length);
    });
    batches.push(new Tensor('float32', flat, [part.length, plan.channels, plan.height, plan.width]));
  }
  const run = (images) => session.run({ images });
  await run(batches[0]);
  return timed(async () => {
    for (const images of batches) await run(images);
  });
}

async function loop() {
  const opened = await openModel(readFileSync(model), {}, { device: 'cpu' });
  const predict = async (part) => {
    const decoded = [];
    for (const file of part) decoded.push(await decodePicture(read(file)));
    return opened.predict(decoded, SURE);
  };
  await predict(files.slice(0, batch));
  return timed(async () => {
    for (let i = 0; i < files.length; i += batch) await predict(files.slice(i, i + batch));
  });
}

async function queue() {
  const { activities, callerOf, close } = await openActivities({ folder });
  const call = callerOf('bench');
  const opened = await call(activities.gpu.openModel, { model: pathToFileURL(model).href });
  const root = pathToFileURL(pictures).href;
  const run = { retry: { window: 1000, first: 10, longest: 100 } };
  const predict = (keys) =>
    call(activities.gpu.predictImages, {
      run,
      model: opened,
      images: { root, keys },
      thresholds: SURE,
      output: 'p.jsonl',
    });
  await predict(files.slice(0, batch));
  const taken = await timed(async () => {
    const { failed } = await predict(files);
    if (failed > 0) throw new Error(`${failed} failed`);
  });
  await close();
  return taken;
}

async function timed(work) {
  const [started, before] = [performance.now(), process.cpuUsage()];
  await work();
  const { user, system } = process.cpuUsage(before);
  return { seconds: (performance.now() - started) / 1000, processorSeconds: (user + system) / 1e6 };
}
