import { z } from 'zod';
import { concurrency, short, uri } from './fields.js';

/** The input of `detectionDataset`. */
export function detectionInput() {
  const side = z.int().min(1).max(16_384);
  return z
    .strictObject({
      boxes: uri,
      images: uri,
      destination: uri,
      version: short.regex(
        /^[A-Za-z0-9](?!.*\.\.)[A-Za-z0-9._+-]{0,62}$/,
        'a tag such as v1.0: letters, digits, `.`, `_`, `+` and `-`, at most 63',
      ),
      seed: z.int().min(0),
      splits: z
        .record(z.string().regex(/^[a-z][a-z0-9_-]{0,30}$/), z.int().min(0), {
          error: 'names of small letters with a whole number each, such as {"train": 80, "val": 20}',
        })
        .refine((all) => Object.values(all).some((n) => n > 0), 'at least one split above 0'),
      annotators: short,
      patients: uri,
      sizes: uri,
      stratify: z.boolean(),
      size: z.union([side, z.strictObject({ width: side, height: side })], {
        error: 'a number of pixels, or {width, height}, 1 to 16384',
      }),
      fit: z.enum(['letterbox', 'stretch']),
      burnedIn: z.enum(['quarantine', 'keep']),
      concurrency,
      scratch: short.regex(/^\.rebuild-[A-Za-z0-9._+-]+$/, 'a folder that `rebuild` makes'),
    })
    .partial();
}
