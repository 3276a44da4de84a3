import { createHash } from 'node:crypto';
import { type InferenceSession, Tensor } from 'onnxruntime-node';
import { CxrError } from '../errors.js';
import { activationOf, classifierOutput, probabilities } from './classifier.js';
import { declare, mismatch, thresholdsOf } from './declaration.js';
import { detections, detectorLayout, detectorOutput } from './detector.js';
import { type OnnxFile, readOnnx } from './onnx-file.js';
import { type InputPlan, prepare } from './prepare.js';
import { openSession, type SessionOptions } from './session.js';
import type {
  Declared,
  ModelDeclaration,
  Picture,
  Prediction,
  Prepared,
  Provider,
  Some,
  Thresholds,
} from './types.js';

/** A detector or classifier that is loaded and has answered once. */
export interface ImageModel {
  /** SHA-256 of the file, hex. */
  readonly sha256: string;
  readonly declaration: ModelDeclaration;
  /** What computes: the execution provider of onnxruntime. */
  readonly provider: Provider;
  /** Images that one run of the network takes, where the file fixes it; more are run in parts. */
  readonly batch: number | undefined;
  /** For `prepare`, which may be done elsewhere. */
  readonly plan: InputPlan;
  /** One answer a picture, in order. `thresholds` stand over those of the declaration. Blocks its thread. */
  predict(pictures: readonly Picture[], thresholds?: Some<Thresholds>): Promise<readonly Prediction[]>;
  /** The same for pictures made ready by `prepare(picture, plan)`. */
  infer(prepared: readonly Prepared[], thresholds?: Some<Thresholds>): Promise<readonly Prediction[]>;
  /** Frees the native session. */
  close(): Promise<void>;
}

/** Reads the answer on one image from its part of an output of these sizes. */
type Reader = (
  data: Float32Array,
  dims: readonly number[],
  image: Prepared,
  thresholds: Thresholds,
) => Prediction;

/**
 * Opens an ONNX detector or classifier of images, checks it against its declaration and runs it once.
 *
 * @param declared what the metadata of the file does not say (docs/models.md)
 * @throws CxrError MODEL_NOT_ONNX, MODEL_EXTERNAL_DATA, MODEL_OPERATORS, MODEL_INVALID, MODEL_MISMATCH, CUDA_MISSING
 */
export async function openModel(
  bytes: Uint8Array,
  declared: Declared = {},
  options: SessionOptions = {},
): Promise<ImageModel> {
  const file = readOnnx(bytes);
  const { session, provider } = await openSession(bytes, file, options);
  try {
    const { declaration, signature } = declare(file, session, declared);
    const { input, task, classes } = declaration;
    const plan: InputPlan = { ...input, layout: signature.layout, prepare: declaration.prepare };
    const size = input.width * input.height * input.channels;
    const dims =
      signature.layout === 'nchw'
        ? [input.channels, input.height, input.width]
        : [input.height, input.width, input.channels];
    const name = task === 'detect' ? detectorOutput(session) : classifierOutput(session, classes.length);

    // Fresh memory of tens of megabytes a batch costs more than the copying: one run's is the next one's.
    let memory = new Float32Array(0);
    const run = async (prepared: readonly Prepared[]): Promise<Tensor> => {
      const rows = signature.batch ?? prepared.length;
      if (memory.length < rows * size) memory = new Float32Array(rows * size);
      const flat = memory.subarray(0, rows * size);
      flat.fill(0, prepared.length * size);
      prepared.forEach(({ tensor }, i) => {
        if (tensor.length !== size) throw new RangeError(`${tensor.length} numbers instead of ${size}`);
        flat.set(tensor, i * size);
      });
      const output = await runOnce(
        session,
        signature.name,
        new Tensor('float32', flat, [rows, ...dims]),
        name,
      );
      if (output.dims[0] !== rows) throw mismatch(`${rows} rows for ${rows} images`, `${output.dims[0]}`);
      return output;
    };

    const blank = { tensor: new Float32Array(size), width: input.width, height: input.height };
    const { dims: sizes } = await run([blank]);
    const read =
      task === 'detect' ? boxReader(file, declaration, sizes) : scoreReader(file, declaration, name, sizes);

    const infer: ImageModel['infer'] = async (prepared, changes = {}) => {
      const thresholds = thresholdsOf(declaration.thresholds, changes);
      const answers: Prediction[] = [];
      const step = signature.batch ?? prepared.length;
      for (let from = 0; from < prepared.length; from += step) {
        const part = prepared.slice(from, from + step);
        const { data, dims: found } = await run(part);
        const each = data.length / (found[0] as number);
        part.forEach((image, i) => {
          const own = (data as Float32Array).subarray(i * each, (i + 1) * each);
          answers.push(read(own, found, image, thresholds));
        });
      }
      return answers;
    };

    const [probe] = await infer([blank]);
    if (probe && 'failed' in probe)
      throw mismatch('finite scores of 0 to 1 for an image of zeros', 'others (is an activation missing?)');
    return {
      sha256: createHash('sha256').update(bytes).digest('hex'),
      declaration,
      provider,
      batch: signature.batch,
      plan,
      infer,
      predict: async (pictures, thresholds) =>
        infer(
          pictures.map((picture) => prepare(picture, plan)),
          thresholds,
        ),
      close: () => session.release(),
    };
  } catch (error) {
    await session.release();
    throw error;
  }
}

function boxReader(file: OnnxFile, declaration: ModelDeclaration, dims: readonly number[]): Reader {
  const layout = detectorLayout(dims, declaration.classes.length, file.metadata);
  return (data, [, , columns = 0], image, thresholds) =>
    detections(data, columns, layout, image, declaration, thresholds);
}

function scoreReader(
  file: OnnxFile,
  { task, classes }: ModelDeclaration,
  output: string,
  dims: readonly number[],
): Reader {
  if (dims.length !== 2 || dims[1] !== classes.length)
    throw mismatch(`an output [N, ${classes.length}] (${classes.length} classes)`, `[${dims.join(', ')}]`);
  const activation = activationOf(file, output, task);
  return (data) => probabilities(data, activation);
}

async function runOnce(
  session: InferenceSession,
  input: string,
  tensor: Tensor,
  output: string,
): Promise<Tensor> {
  try {
    const result = (await session.run({ [input]: tensor }, [output]))[output];
    if (result) return result as Tensor;
  } catch (cause) {
    throw new CxrError('MODEL_INVALID', `the model failed on ${tensor.dims[0]} images`, { cause });
  }
  throw new CxrError('MODEL_INVALID', 'the model gave no output');
}
