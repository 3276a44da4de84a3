import { createHash } from 'node:crypto';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { CxrError } from '../errors.js';
import { readOnnx } from './onnx-file.js';

export interface QualityVerdict {
  readonly accepted: boolean;
  /** Probability of a usable film, 0..1; accepted at `threshold` or above. */
  readonly score: number;
}

export interface QualityModel {
  /** First 12 hex digits of the SHA-256 of the file: the same bytes are the same version everywhere. */
  readonly version: string;
  /** Edition of the features that the model was trained on, from its metadata. */
  readonly featuresVersion: string;
  readonly threshold: number;
  /** Execution provider of onnxruntime. CPU: classifiers over features (ai.onnx.ml) have no kernels elsewhere. */
  readonly provider: 'cpu';
  /** One verdict a row, in order. Rows hold `featureCount` numbers each (RangeError otherwise). */
  predict(rows: readonly Float32Array[]): Promise<readonly QualityVerdict[]>;
  /** Frees the native session. */
  close(): Promise<void>;
}

export interface QualityModelOptions {
  /** Length of a feature vector. */
  readonly featureCount: number;
  /** Edition of the features that the program computes; a model trained on another is refused. */
  readonly featuresVersion: string;
  /** Threads of one inference, default 1: the pool around it is what runs in parallel. */
  readonly threads?: number | undefined;
}

/**
 * Opens a quality model: an ONNX classifier with one float input [N, featureCount], an integer label output
 * and a float tensor of probabilities [N, classes], as skl2onnx writes a scikit-learn classifier with
 * `options={'zipmap': False}`. Metadata properties: `features_version` (required), `threshold` (0.5) and
 * `accept_label` (1; the class whose probability is the score), `labels` (class labels in order of the
 * probability columns, comma-separated; `0,1`).
 *
 * @throws CxrError MODEL_INVALID naming what was expected and what was found.
 */
export async function loadQualityModel(
  bytes: Uint8Array,
  options: QualityModelOptions,
): Promise<QualityModel> {
  const { featureCount, threads = 1 } = options;
  const session = await openSession(bytes, threads);
  try {
    const { metadata } = readOnnx(bytes);
    const contract = checkSignature(session, featureCount);
    const featuresVersion = metadata.get('features_version');
    if (featuresVersion !== options.featuresVersion)
      throw invalid(`metadata features_version ${options.featuresVersion}`, featuresVersion ?? 'none');
    const threshold = fraction(metadata.get('threshold') ?? '0.5');
    const labels = (metadata.get('labels') ?? '0,1').split(',');
    const column = labels.indexOf(metadata.get('accept_label') ?? '1');
    if (column < 0) throw invalid('accept_label among labels', labels.join(','));
    if (contract.classes !== undefined && contract.classes !== labels.length)
      throw invalid(`${labels.length} probability columns`, String(contract.classes));
    const model: QualityModel = {
      version: createHash('sha256').update(bytes).digest('hex').slice(0, 12),
      featuresVersion,
      threshold,
      provider: 'cpu',
      predict: async (rows) => {
        const scores = await run(session, contract, rows, featureCount, labels.length, column);
        return scores.map((score) => ({ accepted: score >= threshold, score }));
      },
      close: () => session.release(),
    };
    // A model may declare one thing and return another: one row now, not one error a film later.
    await model.predict([new Float32Array(featureCount)]);
    return model;
  } catch (error) {
    await session.release();
    throw error;
  }
}

interface Signature {
  readonly input: string;
  readonly probabilities: string;
  readonly classes: number | undefined;
}

async function openSession(bytes: Uint8Array, threads: number) {
  try {
    return await InferenceSession.create(bytes, {
      executionProviders: ['cpu'],
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      graphOptimizationLevel: 'all',
      // Errors come back as exceptions; the library's own lines on stderr would only repeat them.
      logSeverityLevel: 4,
    });
  } catch (cause) {
    throw new CxrError('MODEL_INVALID', `onnxruntime cannot load these ${bytes.length} bytes`, { cause });
  }
}

function checkSignature(session: InferenceSession, featureCount: number): Signature {
  const { inputMetadata: inputs, outputMetadata: outputs } = session;
  const expected = `one input float32 [N, ${featureCount}]`;
  const input = inputs[0];
  if (inputs.length !== 1 || !input?.isTensor || input.type !== 'float32')
    throw invalid(expected, describe(inputs));
  const [rows, columns, ...more] = input.shape;
  if (typeof rows === 'number' && rows > 0) throw invalid(`${expected}, N free`, describe(inputs));
  if (more.length > 0 || columns !== featureCount) throw invalid(expected, describe(inputs));
  const maps = outputs.filter((o) => !o.isTensor);
  if (maps.length > 0)
    throw invalid(
      'tensor outputs (convert with options={"zipmap": False})',
      `${maps.map((o) => o.name).join(', ')} a sequence of maps`,
    );
  const output = outputs.find((o) => o.isTensor && o.type === 'float32');
  if (!output?.isTensor) throw invalid('a float32 output of probabilities [N, classes]', describe(outputs));
  const classes = output.shape[1];
  return {
    input: input.name,
    probabilities: output.name,
    classes: typeof classes === 'number' && classes > 0 ? classes : undefined,
  };
}

async function run(
  session: InferenceSession,
  { input, probabilities }: Signature,
  rows: readonly Float32Array[],
  featureCount: number,
  classes: number,
  column: number,
): Promise<number[]> {
  if (rows.length === 0) return [];
  const flat = new Float32Array(rows.length * featureCount);
  rows.forEach((row, i) => {
    if (row.length !== featureCount)
      throw new RangeError(`row ${i} has ${row.length} of ${featureCount} features`);
    flat.set(row, i * featureCount);
  });
  const feeds = { [input]: new Tensor('float32', flat, [rows.length, featureCount]) };
  const result = await session.run(feeds, [probabilities]).catch((cause: unknown) => {
    throw new CxrError('MODEL_INVALID', 'the model failed on a row of features', { cause });
  });
  const output = result[probabilities];
  if (output?.dims.length !== 2 || output.dims[0] !== rows.length || output.dims[1] !== classes)
    throw invalid(`probabilities [${rows.length}, ${classes}]`, `[${output?.dims.join(', ')}]`);
  const data = output.data as Float32Array;
  return rows.map((_, i) => data[i * classes + column] as number);
}

function fraction(text: string): number {
  const value = Number(text);
  if (!(value >= 0 && value <= 1)) throw invalid('a threshold of 0 to 1', text);
  return value;
}

function describe(values: readonly InferenceSession.ValueMetadata[]): string {
  const one = (v: InferenceSession.ValueMetadata) =>
    v.isTensor ? `${v.name} ${v.type} [${v.shape.join(', ')}]` : `${v.name} (no tensor)`;
  return values.map(one).join('; ') || 'nothing';
}

function invalid(expected: string, found: string): CxrError {
  return new CxrError('MODEL_INVALID', `expected ${expected}, found ${found}`);
}
