import { readFile } from 'node:fs/promises';
import { type InferenceSession, Tensor } from 'onnxruntime-node';
import { CxrError } from '../../errors.js';
import { declare } from '../declaration.js';
import { readOnnx } from '../onnx-file.js';
import { headOf } from '../onnx-head.js';
import { decodePicture } from '../picture.js';
import { prepare } from '../prepare.js';
import { openSession } from '../session.js';

/** What a frozen network says of pictures. */
export interface FrozenFeatures {
  /** Numbers a picture. */
  readonly length: number;
  /** @throws CxrError DECODE_FAILED, UNREADABLE */
  of(path: string): Promise<Float32Array>;
  close(): Promise<void>;
}

/**
 * Opens a classifier for the vector that its last layer sees.
 * @throws CxrError MODEL_MISMATCH where the model does not name that vector (docs/models.md)
 */
export async function openFeatures(model: Uint8Array): Promise<FrozenFeatures> {
  const file = readOnnx(model);
  const head = headOf(file);
  const { session } = await openSession(model, file, { device: 'auto' });
  const { declaration, signature } = declare(file, session, {});
  const { width, height, channels } = declaration.input;
  const plan = { ...declaration.input, layout: signature.layout, prepare: declaration.prepare };
  const dims = signature.layout === 'nchw' ? [1, channels, height, width] : [1, height, width, channels];
  const run = async (tensor: Float32Array): Promise<Float32Array> => {
    const output = await outputOf(
      session,
      signature.name,
      new Tensor('float32', tensor, dims),
      head.features,
    );
    return Float32Array.from(output);
  };
  return {
    length: (await run(new Float32Array(width * height * channels))).length,
    async of(path) {
      let bytes: Uint8Array;
      try {
        bytes = await readFile(path);
      } catch (cause) {
        throw new CxrError('UNREADABLE', (cause as NodeJS.ErrnoException).code, { cause });
      }
      return run(prepare(await decodePicture(bytes), plan).tensor);
    },
    close: () => session.release(),
  };
}

async function outputOf(
  session: InferenceSession,
  input: string,
  tensor: Tensor,
  output: string,
): Promise<Float32Array> {
  const value = (await session.run({ [input]: tensor }, [output]))[output];
  if (value?.data instanceof Float32Array) return value.data;
  throw new CxrError('MODEL_INVALID', 'its features are no float32 tensor');
}
