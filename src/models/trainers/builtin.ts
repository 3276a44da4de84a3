import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { CxrError } from '../../errors.js';
import { readOnnx } from '../onnx-file.js';
import { headOf, withHead } from '../onnx-head.js';
import { FeatureCache } from './feature-cache.js';
import { type FrozenFeatures, openFeatures } from './frozen-features.js';
import { type LabelledImage, labelledImages } from './labelled-images.js';
import { type Examples, trainHead } from './train-head.js';
import type { Train, TrainingParams } from './trainer.js';

/** The network whose features are used: trained on generated films (docs/models.md). */
const BACKBONE = fileURLToPath(new URL('../../../models/film-classifier-1.onnx', import.meta.url));
const LEARN = ['training', 'retrain'];
const CHECK = ['validation'];

/**
 * The built-in trainer: a classifier of several labels, a new last layer on the frozen features of a small network.
 * No Python and no GPU are needed. `params`: `epochs` (200), `learningRate` (0.02), `decay` (0.0001).
 *
 * An interrupted training goes on from the features that it had computed.
 * @throws CxrError TRAINING_SET_EMPTY, TRAINING_SET_ONE_CLASS where there is nothing to learn from
 */
export const trainBuiltIn: Train = async (datasetDir, params, outDir, onProgress, signal) => {
  const options = optionsOf(params);
  const classes = params.classes.length;
  const learn = await labelledImages(datasetDir, LEARN, classes);
  const check = await labelledImages(datasetDir, CHECK, classes);
  requireBoth(learn, params.classes);
  if (check.length === 0) throw new CxrError('TRAINING_SET_EMPTY', 'the split validation');
  await mkdir(outDir, { recursive: true });
  const model = await readFile(BACKBONE);
  const network = await openFeatures(model);
  let done = 0;
  const onImage = () => {
    done += 1;
    if (done % 100 === 0)
      onProgress({
        epoch: 0,
        epochs: options.epochs,
        metrics: { images: done, of: learn.length + check.length },
      });
  };
  try {
    const cache = await FeatureCache.open(join(outDir, 'features.jsonl'), network.length);
    const training = await examples(learn, network, cache, onImage, signal);
    const validation = await examples(check, network, cache, onImage, signal);
    await cache.close();
    const head = await trainHead(
      training,
      validation,
      { ...options, length: network.length, classes },
      async (epoch, loss) => {
        if (epoch % 10 === 0 || epoch === options.epochs)
          onProgress({ epoch, epochs: options.epochs, metrics: { validation_loss: loss } });
        await turn();
        signal.throwIfAborted();
      },
    );
    const path = join(outDir, 'model.onnx');
    const trained = withHead(model, headOf(readOnnx(model)), { ...head, classes: params.classes });
    await writeFile(`${path}.part`, trained);
    await rename(`${path}.part`, path);
    return { model: path, metrics: { validation_loss: head.loss, images: learn.length } };
  } finally {
    await network.close();
  }
};

async function examples(
  images: readonly LabelledImage[],
  network: FrozenFeatures,
  cache: FeatureCache,
  onImage: () => void,
  signal: AbortSignal,
): Promise<Examples> {
  const features = new Float32Array(images.length * network.length);
  for (const [i, { path }] of images.entries()) {
    signal.throwIfAborted();
    features.set(await cache.of(path, () => network.of(path)), i * network.length);
    onImage();
  }
  return { features, present: Float32Array.from(images.flatMap(({ present }) => present.map(Number))) };
}

/** A class that all images have, or none, cannot be told from the others. */
function requireBoth(images: readonly LabelledImage[], classes: readonly string[]): void {
  if (images.length === 0) throw new CxrError('TRAINING_SET_EMPTY', 'the splits training and retrain');
  const kinds = new Set(images.map(({ present }) => present.join()));
  if (kinds.size < 2)
    throw new CxrError(
      'TRAINING_SET_ONE_CLASS',
      `all ${images.length} images have the same of ${classes.length} classes`,
    );
}

function optionsOf({ params }: TrainingParams) {
  const number = (name: string, usual: number, min: number, max: number) => {
    const value = params[name] ?? usual;
    if (typeof value === 'number' && value >= min && value <= max) return value;
    throw new CxrError('BAD_INPUT', `${name}: expected a number from ${min} to ${max}`);
  };
  return {
    epochs: Math.round(number('epochs', 200, 1, 10_000)),
    learningRate: number('learningRate', 0.02, 1e-6, 10),
    decay: number('decay', 1e-4, 0, 10),
  };
}
