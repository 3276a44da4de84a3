/**
 * The codecs of dcmjs-codecs (libijg for 8, 12 and 16 bits, OpenJPEG and libjxl, in one WebAssembly module), called
 * directly: without its JavaScript half a failed call can be followed by a fresh instance, and memory is given
 * back after large frames.
 */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { CxrError, isCxrError } from '../../errors.js';

export type NativeDecoder = 'DecodeJpeg' | 'DecodeJpeg2000' | 'DecodeJpegXl';

export interface NativeImage {
  readonly columns: number;
  readonly rows: number;
  readonly samples: number;
  /** Of the decoded samples: 8 or 16. */
  readonly bitsAllocated: number;
  readonly bitsStored: number;
}

type Call = (...values: number[]) => number;
interface Exports extends Record<string, unknown> {
  readonly memory: { readonly buffer: ArrayBuffer };
}

/** WebAssembly memory never shrinks: an instance that grew past this is dropped. It begins with 256 MB, mostly untouched. */
const KEEP_BYTES = 320 * 2 ** 20;

// The types of WebAssembly are in the DOM library, which a program for Node does not load.
interface WebAssemblyApi {
  compile(bytes: Uint8Array): Promise<object>;
  instantiate(module: object, imports: object): Promise<{ readonly exports: Exports }>;
}
const { WebAssembly } = globalThis as unknown as { readonly WebAssembly: WebAssemblyApi };

let compiled: Promise<object> | undefined;
let live: Promise<Exports> | undefined;

async function compile(): Promise<object> {
  const path = createRequire(import.meta.url).resolve('dcmjs-codecs/build/dcmjs-native-codecs.wasm');
  return WebAssembly.compile(await readFile(path));
}

async function instantiate(): Promise<Exports> {
  compiled ??= compile();
  let exports: Exports | undefined;
  const fail = () => {
    throw new CxrError('DECODE_FAILED');
  };
  const nothing = () => 0;
  // What a codec says in its messages may come from the file: it is not kept. libijg makes up the end of a frame and
  // warns at every block of it: the first time is enough.
  const listen = (from: number, length: number) => {
    if (exports === undefined) return;
    const message = Buffer.from(exports.memory.buffer, from, length).toString('latin1');
    if (/premature end/i.test(message)) throw new CxrError('PIXELS_TRUNCATED', 'JPEG');
  };
  const imports = {
    env: {
      onCodecsException: fail,
      onCodecsInfo: listen,
      onCodecsTrace: nothing,
      emscripten_notify_memory_growth: nothing,
    },
    wasi_snapshot_preview1: {
      proc_exit: fail,
      clock_time_get: nothing,
      environ_get: nothing,
      environ_sizes_get: (count: number, size: number) => {
        if (exports === undefined) return 0;
        const view = new DataView(exports.memory.buffer);
        view.setUint32(count, 0, true);
        view.setUint32(size, 0, true);
        return 0;
      },
      fd_write: nothing,
      fd_seek: nothing,
      fd_close: nothing,
    },
  };
  const instance = await WebAssembly.instantiate(await compiled, imports);
  exports = instance.exports;
  (exports._initialize as Call)();
  return exports;
}

/**
 * Decode one frame. The codec takes its size from the bitstream: the caller has checked that it is `image`'s.
 *
 * @returns little-endian samples, those of a pixel side by side
 * @throws {CxrError} DECODE_FAILED; the next call gets a fresh instance. PIXELS_TRUNCATED for half a JPEG
 */
export async function decodeNative(
  decoder: NativeDecoder,
  frame: Uint8Array,
  image: NativeImage,
): Promise<Uint8Array> {
  live ??= instantiate();
  const exports = await live.catch((error: unknown) => {
    // No fault of the file: a broken installation, or no memory. The next frame tries again.
    live = undefined;
    throw error;
  });
  const call = (name: string, ...values: number[]) => (exports[name] as Call)(...values);
  try {
    const context = call('CreateCodecsContext');
    call('SetColumns', context, image.columns);
    call('SetRows', context, image.rows);
    call('SetBitsAllocated', context, image.bitsAllocated);
    call('SetBitsStored', context, image.bitsStored);
    call('SetSamplesPerPixel', context, image.samples);
    call('SetPlanarConfiguration', context, 0);
    call('SetEncodedBufferSize', context, frame.length);
    new Uint8Array(exports.memory.buffer).set(frame, call('GetEncodedBuffer', context));
    const parameters = call('CreateDecoderParameters');
    call('SetConvertColorspaceToRgb', parameters, 0);
    call(decoder, context, parameters);
    const from = call('GetDecodedBuffer', context);
    const bytes = new Uint8Array(exports.memory.buffer, from, call('GetDecodedBufferSize', context)).slice();
    call('ReleaseDecoderParameters', parameters);
    call('ReleaseCodecsContext', context);
    if (exports.memory.buffer.byteLength > KEEP_BYTES) live = undefined;
    return bytes;
  } catch (cause) {
    live = undefined;
    if (isCxrError(cause) && cause.code === 'PIXELS_TRUNCATED') throw cause;
    throw new CxrError('DECODE_FAILED', decoder.slice('Decode'.length), { cause });
  }
}
