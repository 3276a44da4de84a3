/** Defaults of detection datasets; docs/detection.md explains them. */
import { z } from 'zod';
import { named, oneOf, section, some, storeUri, whole, yesNo } from '../fields.js';

const SIDE = [1, 16_384] as const;

/** Names become folders; the numbers are a ratio. */
const splits = z
  .record(
    named(/^[a-z][a-z0-9_-]{0,30}$/, 'names of small letters, digits, - and _'),
    whole(0, 1_000_000_000),
    {
      error: 'names of splits with a number each',
    },
  )
  .refine((all) => Object.values(all).some((n) => n > 0), { error: 'at least one split above 0' });

export const detectionSchema = section({
  boxes: storeUri().optional(),
  images: some('a URI or the name of a source').optional(),
  patients: storeUri().optional(),
  sizes: storeUri().optional(),
  destination: storeUri().optional(),
  splits,
  annotators: some('all, fused or the rad_id of a reader'),
  seed: whole(0, Number.MAX_SAFE_INTEGER),
  stratify: yesNo(),
  size: z
    .union([whole(...SIDE), section({ width: whole(...SIDE), height: whole(...SIDE) })], {
      error: 'a number of pixels, or width and height',
    })
    .optional(),
  fit: oneOf('letterbox', 'stretch'),
  burnedIn: oneOf('quarantine', 'keep'),
  concurrency: whole(1, 100),
});
