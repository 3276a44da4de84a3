import { createHash } from 'node:crypto';

/** What becomes one Example or row: an image, or an augmented copy of one. */
export interface ExampleName {
  readonly imageId: string;
  /** 0 is the original. */
  readonly copy: number;
}

/** Files of a split: `from` (inclusive) to `to` of its ordered examples. */
export interface ShardRange {
  readonly index: number;
  readonly count: number;
  readonly from: number;
  readonly to: number;
}

/** `image_id` of an example: that of its image; of a copy, with `_aug1`, `_aug2`. */
export function exampleId({ imageId, copy }: ExampleName): string {
  return copy === 0 ? imageId : `${imageId}_aug${copy}`;
}

/**
 * Examples of a split are written in the order of this key: SHA-256 (hex) of seed and example id. Which order the input
 * had, and who lists it, changes nothing.
 */
export function orderKey(seed: number, example: ExampleName): string {
  return createHash('sha256')
    .update(`${seed}\n${exampleId(example)}`)
    .digest('hex');
}

/**
 * Contiguous ranges of about equal numbers of examples, as many as it takes for none to hold more than `shardSize`
 * bytes. Planned before anything is decoded: which file holds an example does not hang on who works.
 * @param bytesOf one example, about
 * @returns none for no examples
 */
export function planShards(examples: number, bytesOf: number, shardSize: number): ShardRange[] {
  const most = Math.max(1, Math.floor(shardSize / bytesOf));
  const count = Math.ceil(examples / most);
  return Array.from({ length: count }, (_, index) => ({
    index,
    count,
    from: Math.floor((index * examples) / count),
    to: Math.floor(((index + 1) * examples) / count),
  }));
}

/** `train-00000-of-00042.tfrecord` */
export function shardName(split: string, { index, count }: ShardRange, extension: string): string {
  const digits = (n: number) => String(n).padStart(5, '0');
  return `${split}-${digits(index)}-of-${digits(count)}.${extension}`;
}
