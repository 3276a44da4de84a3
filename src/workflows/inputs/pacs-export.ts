import { z } from 'zod';
import { concurrency, short, uri } from './fields.js';

/** What a user may ask of `pacsExport`; what is left out comes from `pacsExport` of the configuration. */
export const pacsExportInput = () =>
  z
    .strictObject({
      database: short,
      /** Workers have another folder to begin from than whoever starts the run. */
      query: z.string().max(1000).startsWith('/', 'the full path of a file'),
      studies: z.int().min(1).max(10_000_000),
      order: z.enum(['random', 'newest']),
      seed: z.int().min(0).max(2_147_483_647),
      modality: short,
      bodyPart: short,
      pageSize: z.int().min(1).max(1_000),
      batchSize: z.int().min(1).max(400),
      concurrency,
      destination: uri,
      ids: z.enum(['pseudonym', 'keep']),
      sourceReferences: z.enum(['drop', 'keep']),
      reports: z.enum(['scrubbed', 'none']),
      formats: z.array(z.enum(['parquet', 'jsonl'])).max(2),
      profile: short,
    })
    .partial();

export type PacsExportInput = z.output<ReturnType<typeof pacsExportInput>>;
