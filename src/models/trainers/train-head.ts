import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';

/** Feature vectors, row by row, and for each class 0 or 1, row by row. */
export interface Examples {
  readonly features: Float32Array;
  readonly present: Float32Array;
}

export interface HeadOptions {
  readonly length: number;
  readonly classes: number;
  readonly epochs: number;
  readonly learningRate: number;
  /** Weight of the squared weights in the loss. */
  readonly decay: number;
}

export interface TrainedHead {
  /** [classes, length] and [classes], for features as they come. */
  readonly weight: Float32Array;
  readonly bias: Float32Array;
  /** Mean cross-entropy on the validation examples, of the epoch that was kept. */
  readonly loss: number;
}

/**
 * Logistic regression of each class on the features: full batches, Adam, from zero, so that the same examples give the
 * same weights. The epoch with the least cross-entropy on `validation` is kept. Classes weigh their rarer side up to
 * ten times, as far as it is rare.
 *
 * The gradient is written out, d loss / d logit = weight x (p - y) / n: TensorFlow.js registers gradients for its own
 * bundles only.
 */
export async function trainHead(
  training: Examples,
  validation: Examples,
  { length, classes, epochs, learningRate, decay }: HeadOptions,
  onEpoch: (epoch: number, loss: number) => Promise<void>,
): Promise<TrainedHead> {
  await backend();
  const scale = standardise(training.features, length);
  const all = tf.engine();
  all.startScope();
  try {
    const x = standard(training.features, length, scale);
    const y = tf.tensor2d(training.present, [training.present.length / classes, classes]);
    const checkX = standard(validation.features, length, scale);
    const checkY = tf.tensor2d(validation.present, [validation.present.length / classes, classes]);
    const rows = y.shape[0];
    const weights = balance(y, rows);
    const w = tf.variable(tf.zeros([length, classes]), true, 'w');
    const b = tf.variable(tf.zeros([classes]), true, 'b');
    const adam = tf.train.adam(learningRate);
    const logits = (input: tf.Tensor2D) => tf.add(tf.matMul(input, w), b);
    let best = {
      loss: Number.POSITIVE_INFINITY,
      w: new Float32Array(length * classes),
      b: new Float32Array(classes),
    };
    for (let epoch = 1; epoch <= epochs; epoch++) {
      tf.tidy(() => {
        const d = tf.div(tf.mul(weights, tf.sub(tf.sigmoid(logits(x)), y)), rows);
        adam.applyGradients({ w: tf.add(tf.matMul(x, d, true), tf.mul(w, decay)), b: tf.sum(d, 0) });
      });
      const loss = tf.tidy(() => crossEntropy(logits(checkX), checkY).dataSync()[0] as number);
      if (loss < best.loss)
        best = { loss, w: Float32Array.from(w.dataSync()), b: Float32Array.from(b.dataSync()) };
      await onEpoch(epoch, loss);
    }
    return { ...unscaled(best.w, best.b, scale), loss: best.loss };
  } finally {
    all.endScope();
    all.disposeVariables();
  }
}

async function backend(): Promise<void> {
  if (tf.getBackend() === 'wasm') return;
  setWasmPaths(`${dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm'))}/`);
  await tf.setBackend('wasm');
}

interface Scale {
  readonly mean: Float32Array;
  readonly deviation: Float32Array;
}

/**
 * Mean and standard deviation of each feature, of which at least a tenth of the mean one: a feature that hardly ever
 * stirs in training would otherwise shout on the first new film where it does.
 */
function standardise(features: Float32Array, length: number): Scale {
  const rows = features.length / length;
  const mean = new Float64Array(length);
  const squares = new Float64Array(length);
  features.forEach((value, i) => {
    mean[i % length]! += value / rows;
  });
  features.forEach((value, i) => {
    squares[i % length]! += (value - mean[i % length]!) ** 2 / rows;
  });
  const deviations = squares.map(Math.sqrt);
  const least = deviations.reduce((sum, d) => sum + d, 0) / length / 10 || 1;
  return {
    mean: Float32Array.from(mean),
    deviation: Float32Array.from(deviations, (deviation) => Math.max(deviation, least)),
  };
}

function standard(features: Float32Array, length: number, { mean, deviation }: Scale): tf.Tensor2D {
  const scaled = features.map((value, i) => (value - mean[i % length]!) / deviation[i % length]!);
  return tf.tensor2d(scaled, [features.length / length, length]);
}

/** The weight of each example for each class: both sides of a class weigh the same, within a factor of ten. */
function balance(y: tf.Tensor2D, rows: number): tf.Tensor2D {
  return tf.tidy(() => {
    const share = tf.clipByValue(tf.div(tf.sum(y, 0), rows), 0.05, 0.95);
    const [positive, negative] = [tf.div(0.5, share), tf.div(0.5, tf.sub(1, share))];
    return tf.add(tf.mul(y, positive), tf.mul(tf.sub(1, y), negative)) as tf.Tensor2D;
  });
}

/** Mean of max(z, 0) - z y + log(1 + exp(-|z|)), which does not overflow. */
function crossEntropy(z: tf.Tensor, y: tf.Tensor2D): tf.Tensor {
  const soft = tf.log1p(tf.exp(tf.neg(tf.abs(z))));
  return tf.mean(tf.add(tf.sub(tf.relu(z), tf.mul(z, y)), soft));
}

/** Weights for features as they come, [classes, length], of weights for standardised ones, [length, classes]. */
function unscaled(w: Float32Array, b: Float32Array, { mean, deviation }: Scale) {
  const length = mean.length;
  const bias = Float64Array.from(b);
  const weight = new Float32Array(w.length);
  for (let k = 0; k < b.length; k++)
    for (let i = 0; i < length; i++) {
      const value = w[i * b.length + k]! / deviation[i]!;
      weight[k * length + i] = value;
      bias[k]! -= value * mean[i]!;
    }
  return { weight, bias: Float32Array.from(bias) };
}
