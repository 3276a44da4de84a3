import type { PipelineSettings } from '../../../config/sections/pipeline.js';
import { bytesOf, type DatasetExample } from '../../../datasets/example.js';
import { exampleId } from '../../../datasets/shards.js';
import { imageRecord } from '../../../datasets/tfrecord/image-example.js';
import { KeptMemory } from '../../../imaging/steps/memory.js';
import type { Moments } from '../../../imaging/steps/moments.js';
import { prepare, type Steps } from '../../../imaging/steps/pipeline.js';
import { previewPng } from '../../../imaging/steps/preview.js';
import { unpacked } from '../../../imaging/steps/samples.js';
import { readPart } from '../../../storage/file/whole.js';
import { Joined } from './joined.js';
import { stepsBefore } from './phases.js';

/** Of one picture after the other. */
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
  const { items, format, pipeline, room } = input;
  const { second } = stepsBefore(pipeline);
  const joined = new Joined(room);
  const examples: DatasetExample[] = [];
  for (const item of items) {
    memory.again();
    const { example, picture } = exampleOf(item, input, second);
    if (format === 'tfrecord') {
      for (const piece of imageRecord(example)) joined.add(piece);
      continue;
    }
    joined.add(bytesOf(example.tensor));
    const seen = pipeline.output.picture === 'none' ? undefined : await previewPng(picture);
    examples.push({ ...example, picture: seen });
  }
  const bytes = joined.bytes();
  let at = 0;
  const placed = examples.map((example) => {
    const tensor = new Float32Array(bytes.buffer, bytes.byteOffset + at, example.tensor.length);
    at += tensor.byteLength;
    return { ...example, tensor };
  });
  return { bytes, examples: placed };
}

function exampleOf(item: FinishItem, { seed, train, split }: FinishInput, steps: Steps) {
  const { shape, imageId, copy } = item;
  const data = unpacked(pixelsOf(item), shape.width * shape.height * shape.channels, memory);
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

function pixelsOf({ pixels }: FinishItem): Uint8Array {
  if (pixels instanceof Uint8Array) return pixels;
  const { buffer, byteOffset } = memory.take(pixels.length);
  const bytes = new Uint8Array(buffer, byteOffset, pixels.length);
  readPart(pixels.path, bytes, pixels.offset);
  return bytes;
}
