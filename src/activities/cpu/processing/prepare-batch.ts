import { performance } from 'node:perf_hooks';
import type { PipelineSettings } from '../../../config/sections/pipeline.js';
import { isCxrError } from '../../../errors.js';
import { KeptMemory } from '../../../imaging/steps/memory.js';
import type { Pseudonyms } from '../../../privacy/pseudonyms.js';
import { createWholeReader } from '../../../storage/file/whole.js';
import { Joined } from './joined.js';
import { type Prepared, prepareImage } from './prepare-image.js';

export interface PrepareBatchInput {
  readonly files: readonly {
    /** `ObjectStore.path`. */
    readonly path: Uint8Array;
    /** Key below the source. */
    readonly name: string;
  }[];
  readonly maxBytes: number;
  readonly pipeline: PipelineSettings;
  readonly issuer: string;
  /** For the pixels, where they fit. */
  readonly room?: SharedArrayBuffer | undefined;
}

export type Facts = Omit<Prepared, 'pixels'> & { /** Bytes of pixels. */ readonly length: number };

export interface PreparedBatch {
  /** In the order of the files; undefined where an image has to be looked at by itself. */
  readonly images: readonly (Facts | undefined)[];
  /** The pixels of those that are there, one behind the other. */
  readonly bytes: Uint8Array;
}

/** After so many milliseconds, or bytes of pixels, no other image is begun: limits are those of one image. */
const LONG = 2_000;
const MUCH = 2 ** 25;

/** Some images at once: handing over costs as much for one as for all. The thread reads the files itself. */
export function createBatchTask(pseudonyms: Pseudonyms) {
  const readWhole = createWholeReader();
  const memory = new KeptMemory(MUCH);
  return async ({ files, maxBytes, pipeline, issuer, room }: PrepareBatchInput): Promise<PreparedBatch> => {
    const until = performance.now() + LONG;
    const images: (Facts | undefined)[] = [];
    const pixels = new Joined(room);
    const bytesOf = (file: (typeof files)[number] | undefined) => file && readWhole(file.path, maxBytes);
    let next = bytesOf(files[0]);
    try {
      for (const [i, { name }] of files.entries()) {
        memory.again();
        const bytes = await next;
        const more = performance.now() < until && pixels.length < MUCH;
        // While this one is decoded the next one comes from the disk.
        next = more ? bytesOf(files[i + 1]) : undefined;
        const prepared = more && bytes && (await one({ bytes, name, pipeline, issuer, memory }));
        if (!prepared) {
          images.push(undefined);
          continue;
        }
        const { pixels: samples, ...facts } = prepared;
        images.push({ ...facts, length: samples.byteLength });
        pixels.add(new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength));
      }
    } finally {
      // It reads into memory that the next batch takes.
      await next;
    }
    return { images, bytes: pixels.bytes() };
  };

  async function one(input: Parameters<typeof prepareImage>[0]): Promise<Prepared | undefined> {
    try {
      return await prepareImage(input, pseudonyms);
    } catch (error) {
      // Why, is found out and told when it is looked at by itself.
      if (isCxrError(error)) return undefined;
      throw error;
    }
  }
}
