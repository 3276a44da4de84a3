import { z } from 'zod';
import { concurrency, short, uri } from './fields.js';

/** An input travels whole with the workflow; longer lists go in several backfills. */
const MOST_LISTED = 10_000;

export function backfillInput() {
  const date = z.string().regex(/^\d{4}(-\d{2}(-\d{2})?)?$/, 'a date such as 2024-03-31, 2024-03 or 2024');
  /** It stands in workflow ids, which nothing encrypts. */
  const key = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/, 'letters, digits, ".", "_" and "-"');
  const fields = z.record(z.string(), z.json());
  return z
    .strictObject({
      type: short,
      source: uri,
      by: z.enum(['date', 'folder']),
      from: date,
      to: date,
      template: z.string().min(1).max(500),
      partitions: z
        .array(z.strictObject({ key, input: fields }).partial())
        .min(1)
        .max(MOST_LISTED),
      input: fields,
      only: z.enum(['missing', 'failed', 'all']),
      concurrency,
      reverse: z.boolean(),
      maxFailures: z.int().min(0).max(1_000),
      dryRun: z.boolean(),
    })
    .partial();
}
