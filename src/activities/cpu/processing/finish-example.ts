import type { PipelineSettings } from '../../../config/sections/pipeline.js';
import type { DatasetExample } from '../../../datasets/example.js';
import { exampleId } from '../../../datasets/shards.js';
import { imageRecord } from '../../../datasets/tfrecord/image-example.js';
import type { Moments } from '../../../imaging/steps/moments.js';
import { prepare } from '../../../imaging/steps/pipeline.js';
import { previewPng } from '../../../imaging/steps/preview.js';
import { stepsBefore } from './phases.js';
import type { Prepared } from './prepare-image.js';

export interface FinishInput {
  readonly format: 'tfrecord' | 'parquet';
  readonly pixels: Prepared['pixels'];
  readonly shape: { readonly width: number; readonly height: number; readonly channels: 1 | 3 };
  readonly imageId: string;
  readonly copy: number;
  readonly label: number;
  readonly className: string;
  readonly split: string;
  readonly source: string;
  readonly seed: number;
  readonly pipeline: PipelineSettings;
  /** Of the training split. */
  readonly train: Moments;
}

/** The second step of a thread for one image: the example as a record of TFRecord, or as a row of Parquet. */
export async function finishExample(input: FinishInput): Promise<Uint8Array | DatasetExample> {
  const { pixels, shape, imageId, copy, seed, train, pipeline, format } = input;
  const { second } = stepsBefore(pipeline);
  const image = { ...shape, data: pixels, maxValue: 255 };
  const { picture, histogram } = prepare(image, second, { imageId, copy, seed, train });
  const example: DatasetExample = {
    imageId: exampleId({ imageId, copy }),
    label: input.label,
    className: input.className,
    split: input.split,
    source: input.source,
    shape: [picture.height, picture.width, picture.channels],
    tensor: picture.data,
    histogram,
  };
  if (format === 'tfrecord') return imageRecord(example);
  return pipeline.output.picture === 'none' ? example : { ...example, picture: await previewPng(picture) };
}
