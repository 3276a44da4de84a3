import { z } from 'zod';
import { concurrency, short, uri } from './fields.js';

/** `steps` is checked against pipeline_config.yaml when the run opens: it is a part of that file. */
export function chestXrayProcessing() {
  const texts = z.union([short, z.array(short).min(1).max(100)], { error: 'a text or a list of texts' });
  const share = z.number().min(0).max(1);
  const date = z.string().regex(/^\d{4}-\d{2}-\d{2}$/, 'a date such as 2024-01-31');
  const query = z
    .strictObject({ modality: texts, view: texts, from: date, to: date, label: texts })
    .partial();
  return z
    .strictObject({
      source: z.union([uri, query], {
        error: 'a URI, a configured name, or a catalog query {modality, view, from, to, label}',
      }),
      destination: uri,
      version: z
        .string()
        .regex(/^[A-Za-z0-9][A-Za-z0-9._+-]{0,62}$/, 'a tag such as v1.0, without separators')
        .refine((version) => !version.includes('..'), 'a tag such as v1.0, without separators'),
      dataset: z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'a name of small letters, digits and -'),
      steps: z.record(z.string(), z.json()),
      seed: z
        .int()
        .min(0)
        .max(2 ** 31 - 1),
      formats: z
        .array(z.enum(['tfrecord', 'parquet']))
        .min(1)
        .refine((formats) => new Set(formats).size === formats.length, 'each format once'),
      leakage: z.enum(['stop', 'drop', 'allow']),
      ids: z.enum(['pseudonym', 'keep']),
      shares: z
        .strictObject({ train: share, val: share, test: share })
        .refine(({ train, val, test }) => Math.abs(train + val + test - 1) < 1e-9, 'shares that add up to 1'),
      publication: z
        .strictObject({ license: short, url: short, creator: short, citeAs: short, datePublished: date })
        .partial(),
      concurrency,
      scratch: z
        .string()
        .regex(/^\.rebuild-[A-Za-z0-9._-]{1,100}$/, 'a folder name that begins with .rebuild-'),
    })
    .partial();
}
