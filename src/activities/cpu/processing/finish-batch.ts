import type { PipelineSettings } from '../../../config/sections/pipeline.js';
import type { DatasetExample } from '../../../datasets/example.js';
import { exampleId } from '../../../datasets/shards.js';
import { imageRecord } from '../../../datasets/tfrecord/image-example.js';
import { KeptMemory } from '../../../imaging/steps/memory.js';
import type { Moments } from '../../../imaging/steps/moments.js';
import { prepare, type Steps } from '../../../imaging/steps/pipeline.js';
import { previewPng } from '../../../imaging/steps/preview.js';
import { unpacked } from '../../../imaging/steps/samples.js';
import { readPart } from '../../../storage/file/whole.js';
import { stepsBefore } from './phases.js';
import { joined } from './prepare-batch.js';

/** Of the pictures of a batch. */
const memory = new KeptMemory(2 ** 25);

export interface FinishItem {
  /** As `prepareImage` left them: their bytes, or where they lie in a file that the thread reads itself. */
  readonly pixels:
    | Uint8Array
    | { readonly path: Uint8Array; readonly offset: number; readonly length: number };
  readonly shape: { readonly width: number; readonly height: number; readonly channels: 1 | 3 };
  /** Of the original, as normalising finds it. */
  readonly moments: Moments;
  readonly imageId: string;
  readonly copy: number;
  readonly label: number;
  readonly className: string;
  readonly source: string;
}

export interface FinishInput {
  readonly format: 'tfrecord' | 'parquet';
  readonly items: readonly FinishItem[];
  readonly split: string;
  readonly seed: number;
  readonly pipeline: PipelineSettings;
  /** Of the training split. */
  readonly train: Moments;
  /** For the bytes, where they fit. */
  readonly room?: SharedArrayBuffer | undefined;
}

export interface Finished {
  /** The records of TFRecord, one behind the other; or the memory of the examples' tensors. */
  readonly bytes: Uint8Array;
  /** Rows of Parquet. */
  readonly examples: readonly DatasetExample[];
}

/** The second step of a thread, for some images, one call after another: records of TFRecord, or rows of Parquet. */
export async function finishBatch(input: FinishInput): Promise<Finished> {
  memory.again();
  const { items, format, pipeline, room } = input;
  const { second } = stepsBefore(pipeline);
  if (format === 'tfrecord') {
    const records = items.flatMap((item) => imageRecord(exampleOf(item, input, second).example));
    return { bytes: joined(records, room), examples: [] };
  }
  const made = items.map((item) => exampleOf(item, input, second));
  const length = made.reduce((sum, { example }) => sum + example.tensor.length, 0);
  const fits = room !== undefined && room.byteLength >= 4 * length;
  const tensors = fits ? new Float32Array(room, 0, length) : new Float32Array(length);
  const examples: DatasetExample[] = [];
  let at = 0;
  for (const { example, picture } of made) {
    const tensor = tensors.subarray(at, at + example.tensor.length);
    tensor.set(example.tensor);
    at += tensor.length;
    const seen = pipeline.output.picture === 'none' ? undefined : await previewPng(picture);
    examples.push({ ...example, tensor, picture: seen });
  }
  return { bytes: new Uint8Array(tensors.buffer, 0, tensors.byteLength), examples };
}

function exampleOf(item: FinishItem, { seed, train, split }: FinishInput, steps: Steps) {
  const { shape, imageId, copy } = item;
  const data = unpacked(bytesOf(item), shape.width * shape.height * shape.channels, memory);
  const subject = { imageId, copy, seed, train, memory, ...(copy === 0 && { own: item.moments }) };
  const { picture, histogram } = prepare({ ...shape, data, maxValue: 255 }, steps, subject);
  const example: DatasetExample = {
    imageId: exampleId({ imageId, copy }),
    label: item.label,
    className: item.className,
    split,
    source: item.source,
    shape: [picture.height, picture.width, picture.channels],
    tensor: picture.data,
    histogram,
  };
  return { example, picture };
}

function bytesOf({ pixels }: FinishItem): Uint8Array {
  if (pixels instanceof Uint8Array) return pixels;
  const { buffer, byteOffset } = memory.take(pixels.length);
  const bytes = new Uint8Array(buffer, byteOffset, pixels.length);
  readPart(pixels.path, bytes, pixels.offset);
  return bytes;
}
