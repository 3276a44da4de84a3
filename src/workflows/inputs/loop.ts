import { z } from 'zod';
import { short, uri } from './fields.js';

const fraction = () => z.number().min(0).max(1);

/** Which dataset, and which model: both have a default where there is only one. */
const subject = () => ({
  /** Name of a dataset, or the URI of the folder of its versions. */
  dataset: uri,
  version: short,
  /** `name` (the version in production) or `name@v3`. */
  model: short,
  /** Folder of feedback files; without it `feedback/` beside the versions. */
  feedback: uri,
  seed: z
    .int()
    .min(0)
    .max(2 ** 31 - 1),
});

export const onlineSimulation = () =>
  z
    .strictObject({
      ...subject(),
      split: short,
      load: z.array(z.int().min(1).max(100)).min(1).max(1000),
      /** Seconds. */
      stage: z.number().positive().max(86_400),
    })
    .partial();

export const feedbackRetrain = () =>
  z
    .strictObject({
      ...subject(),
      confidence: fraction(),
      minFeedback: z.int().min(0),
      trainer: short,
      params: z.record(z.string().max(100), z.json()),
      margin: fraction(),
      canaryTolerance: fraction(),
      approval: z.boolean(),
      /** Name of the version that is built. */
      newVersion: short,
    })
    .partial();

/** `approve`: whether a candidate that waits for a person goes into production. */
export const approval = () =>
  z.strictObject({
    approve: z.boolean(),
    reason: z.string().min(1).max(500),
    by: z.string().min(1).max(200),
  });
