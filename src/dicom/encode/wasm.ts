import { createRequire } from 'node:module';
import { CxrError } from '../../errors.js';
import { bytesOf, type RawFrame } from './frame.js';

/** What the WASM encoders of @cornerstonejs share. */
interface WasmEncoder {
  getDecodedBuffer(info: object): Uint8Array;
  getEncodedBuffer(): Uint8Array;
  encode(): void;
  delete(): void;
}

type Instance<Encoder> = Record<string, new () => Encoder>;

/**
 * An encoder that is started on first use, and anew after a failure: what a trap leaves behind is not trusted.
 * `wasmjs` entries only: the packages' default entry is asm.js, ten times slower.
 *
 * The function throws CxrError CANNOT_ENCODE where the codec fails; those of @cornerstonejs have no room for frames
 * that do not get smaller, such as noise in colour.
 */
export function codec<Encoder extends WasmEncoder>(name: string, className: string) {
  let live: Promise<Instance<Encoder>> | undefined;
  return async (frame: RawFrame, configure: (encoder: Encoder) => void): Promise<Uint8Array> => {
    live ??= start(name);
    const instance = await live.catch((error: unknown) => {
      live = undefined;
      throw error;
    });
    try {
      const encoder = new (instance[className] as new () => Encoder)();
      const input = encoder.getDecodedBuffer({
        width: frame.columns,
        height: frame.rows,
        bitsPerSample: frame.bitsStored,
        componentCount: frame.samples,
        isSigned: frame.signed,
        isUsingColorTransform: frame.samples === 3,
      });
      input.set(bytesOf(frame));
      configure(encoder);
      encoder.encode();
      // Copied: a view into the codec's memory (clamped bytes in one of them), which the next frame overwrites.
      const encoded = new Uint8Array(encoder.getEncodedBuffer());
      encoder.delete();
      return encoded;
    } catch (cause) {
      live = undefined;
      throw new CxrError('CANNOT_ENCODE', name, { cause });
    }
  };
}

/** The object of options becomes the instance: each start needs its own. */
function start<Encoder>(name: string): Promise<Instance<Encoder>> {
  const silent = { print: () => undefined, printErr: () => undefined };
  return createRequire(import.meta.url)(`@cornerstonejs/codec-${name}/wasmjs`)(silent);
}
