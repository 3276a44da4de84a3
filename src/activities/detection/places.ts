import type { DetectionRun } from '../api/detection.js';

type Staged = Pick<DetectionRun, 'staging'>;

/** Where a run keeps what it is working on, below the root of the catalog's store. */
export const staged = {
  plan: ({ staging }: Staged) => `${staging}plan.json`,
  problems: ({ staging }: Staged) => `${staging}problems.jsonl`,
  planned: ({ staging }: Staged, shard: number) => `${staging}${shard}/planned.jsonl`,
  /** Written before the images of a shard are opened: begun and never built, it had a crash in it. */
  begun: ({ staging }: Staged, shard: number) => `${staging}${shard}/begun`,
  built: ({ staging }: Staged, shard: number) => `${staging}${shard}/built.jsonl`,
};
