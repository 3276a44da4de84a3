import { createRequire } from 'node:module';
import { bytesOf, type RawFrame } from './frame.js';

/** What the WASM encoders of @cornerstonejs share. */
interface WasmEncoder {
  getDecodedBuffer(info: object): Uint8Array;
  getEncodedBuffer(): Uint8Array;
  encode(): void;
  delete(): void;
}

const require = createRequire(import.meta.url);

/**
 * Starts a codec once, on first use. `wasmjs` entries only: the packages' default entry is asm.js, ten times
 * slower.
 */
export function codec<Encoder extends WasmEncoder>(name: string, className: string) {
  let started: Promise<Record<string, new () => Encoder>> | undefined;
  return async (frame: RawFrame, configure: (encoder: Encoder) => void): Promise<Uint8Array> => {
    started ??= require(`@cornerstonejs/codec-${name}/wasmjs`)() as NonNullable<typeof started>;
    const Class = (await started)[className] as new () => Encoder;
    const encoder = new Class();
    try {
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
      return new Uint8Array(encoder.getEncodedBuffer());
    } finally {
      encoder.delete();
    }
  };
}
