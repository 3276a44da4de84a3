/** The decoders of @cornerstonejs, whose WebAssembly builds share one shape. */
import { createRequire } from 'node:module';
import { CxrError, isCxrError } from '../../errors.js';

export interface EmbindDecoder {
  getEncodedBuffer(length: number): Uint8Array;
  /** A view of the codec's memory. */
  getDecodedBuffer(): Uint8Array | Uint8ClampedArray;
  delete(): void;
}

interface Instance extends Record<string, unknown> {
  readonly HEAPU8: Uint8Array;
}

/** WebAssembly memory never shrinks: an instance that grew past this is dropped. */
const KEEP_BYTES = 192 * 2 ** 20;

/**
 * A decoder that is started on first use, and anew after a failure: what a trap leaves behind is not trusted.
 *
 * @param entry a `wasmjs` entry: the default ones are asm.js, ten times slower
 */
export function embind<Decoder extends EmbindDecoder>(entry: string, className: string, label: string) {
  let live: Promise<Instance> | undefined;
  /** `use` gets a decoder that holds the frame; what it returns must not be a view of the codec's memory. */
  return async <Result>(frame: Uint8Array, use: (decoder: Decoder) => Result): Promise<Result> => {
    live ??= start(entry);
    const instance = await live.catch((error: unknown) => {
      // No fault of the file: a broken installation, or no memory. The next frame tries again.
      live = undefined;
      throw error;
    });
    try {
      const decoder = new (instance[className] as new () => Decoder)();
      decoder.getEncodedBuffer(frame.length).set(frame);
      const result = use(decoder);
      decoder.delete();
      if (instance.HEAPU8.length > KEEP_BYTES) live = undefined;
      return result;
    } catch (cause) {
      live = undefined;
      if (isCxrError(cause)) throw cause;
      throw new CxrError('DECODE_FAILED', label, { cause });
    }
  };
}

/** The object of options becomes the instance: each start needs its own. */
function start(entry: string): Promise<Instance> {
  const silent = { print: () => undefined, printErr: () => undefined };
  return createRequire(import.meta.url)(entry)(silent);
}
