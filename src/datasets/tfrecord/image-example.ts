import { bytesOf, type DatasetExample } from '../example.js';
import { encodeExample, type Feature, type Pieces } from './example.js';
import { frameRecord } from './record.js';

/**
 * A record of an image dataset: `image` (float32, little-endian bytes), `label` (int64), `image_shape` (int64[3]: rows,
 * columns, channels), `image_id` (bytes), and `histogram` (float[bins]) where there is one.
 */
export function imageRecord({ tensor, label, shape, imageId, histogram }: DatasetExample): Pieces {
  const features: Record<string, Feature> = {
    image: { bytes: bytesOf(tensor) },
    label: { int64: [label] },
    image_shape: { int64: shape },
    image_id: { bytes: Buffer.from(imageId) },
  };
  if (histogram !== undefined) features.histogram = { float: histogram };
  return frameRecord(encodeExample(features));
}
