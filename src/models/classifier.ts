import type { InferenceSession } from 'onnxruntime-node';
import { mismatch } from './declaration.js';
import type { OnnxFile } from './onnx-file.js';
import type { ModelTask, Prediction } from './types.js';

/** What still has to be done to an output to have probabilities. */
export type Activation = 'none' | 'softmax' | 'sigmoid';

/** These pass values on as they are. */
const PASSING = new Set(['Identity', 'Cast', 'Reshape', 'Flatten', 'Squeeze', 'Unsqueeze']);
const ABOVE_ONE = 1e-3;

/** The output of scores [N, classes]. @throws CxrError MODEL_MISMATCH */
export function classifierOutput(session: InferenceSession, classes: number): string {
  const found = session.outputMetadata.map((o) =>
    o.isTensor ? `${o.type} [${o.shape.join(', ')}]` : 'no tensor',
  );
  const fits = session.outputMetadata.filter(
    (o) =>
      o.isTensor &&
      o.type === 'float32' &&
      o.shape.length === 2 &&
      (typeof o.shape[1] !== 'number' || o.shape[1] === classes),
  );
  const [output] = fits;
  if (output && fits.length === 1) return output.name;
  throw mismatch(`one float32 output [N, ${classes}] (${classes} classes)`, found.join('; '));
}

/**
 * Whether a graph ends in probabilities or in logits: by the metadata `activation` (softmax, sigmoid: to be applied
 * here; none), else by the operator that computes the output.
 *
 * @throws CxrError MODEL_MISMATCH
 */
export function activationOf(file: OnnxFile, output: string, task: ModelTask): Activation {
  const wanted = task === 'multilabel' ? 'sigmoid' : 'softmax';
  const said = file.metadata.get('activation');
  if (said !== undefined) {
    if (said === 'none' || said === wanted) return said;
    throw mismatch(`activation none or ${wanted} for the task ${task}`, said);
  }
  let at = file.producers.get(output);
  for (let steps = 0; at !== undefined && PASSING.has(at.operator) && steps < 20; steps++)
    at = at.input === undefined ? undefined : file.producers.get(at.input);
  const last = at?.operator;
  if (last === 'Softmax' && task === 'multilabel')
    throw mismatch('sigmoid scores for the task multilabel', 'a Softmax at the end of the graph');
  if (last === 'Sigmoid' && task === 'classify')
    throw mismatch('softmax scores for the task classify', 'a Sigmoid at the end of the graph (multilabel?)');
  return last === 'Softmax' || last === 'Sigmoid' ? 'none' : wanted;
}

/** Probabilities of one image from its row of the output. */
export function probabilities(row: Float32Array, activation: Activation): Prediction {
  const scores = activation === 'softmax' ? softmax(row) : Array.from(row, activated(activation));
  if (!scores.every((score) => score >= -ABOVE_ONE && score <= 1 + ABOVE_ONE))
    return { failed: 'MODEL_OUTPUT' };
  return { scores: scores.map((score) => Math.min(Math.max(score, 0), 1)) };
}

function activated(activation: Activation): (value: number) => number {
  return activation === 'sigmoid' ? (value) => 1 / (1 + Math.exp(-value)) : (value) => value;
}

function softmax(row: Float32Array): number[] {
  const most = row.reduce((a, b) => Math.max(a, b), -Infinity);
  const powers = Array.from(row, (value) => Math.exp(value - most));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / sum);
}
