import type { ProcessingRun, Split } from '../api/processing.js';

/** Inputs of one part: what one step decodes, and what one crash can cost. */
export const PART = 256;

type Staging = Pick<ProcessingRun, 'staging'>;
const pad = (n: number) => String(n).padStart(6, '0');

/** Where a run keeps what is not published yet, below its staging prefix. */
export const staged = {
  inputs: ({ staging }: Staging, split: Split, part: number) =>
    `${staging}inputs/${split}/${pad(part)}.jsonl`,
  /** Pixels of a part, one image behind the other; the records beside them are written last. */
  pixels: ({ staging }: Staging, split: Split, part: number) => `${staging}parts/${split}/${pad(part)}.bin`,
  records: ({ staging }: Staging, split: Split, part: number) =>
    `${staging}parts/${split}/${pad(part)}.jsonl`,
  /** Written before the images of a part are opened: one that was begun and never ended had a crash in it. */
  begun: ({ staging }: Staging, split: Split, part: number) => `${staging}parts/${split}/${pad(part)}.begun`,
  plan: ({ staging }: Staging) => `${staging}plan.json`,
  /** The examples of a shard, in order. */
  shard: ({ staging }: Staging, split: Split, shard: number) =>
    `${staging}shards/${split}/${pad(shard)}.jsonl`,
  /** What was written of a shard in one format. */
  file: ({ staging }: Staging, format: string, split: Split, shard: number) =>
    `${staging}files/${format}-${split}-${pad(shard)}.json`,
};
