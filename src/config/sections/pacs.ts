import { z } from 'zod';
import {
  duration,
  name,
  named,
  nameText,
  oneOf,
  path,
  section,
  size,
  some,
  storeUri,
  whole,
} from '../fields.js';

const address = /^[0-9a-fA-F.:]+(\/\d{1,3})?$/;

/** What `pacsExport` takes from the configuration; `config/default.yaml` says what each key means. */
export const pacsSection = section({
  /** Name of a connection under `databases`. */
  database: named(name, nameText),
  query: path().optional(),
  destination: storeUri().optional(),
  studies: whole(1, 10_000_000),
  order: oneOf('random', 'newest'),
  seed: whole(0, 2_147_483_647),
  pageSize: whole(1, 1_000),
  batchSize: whole(1, 400),
  concurrency: whole(1, 100),
  ids: oneOf('pseudonym', 'keep'),
  sourceReferences: oneOf('drop', 'keep'),
  reports: oneOf('scrubbed', 'none'),
  formats: z.array(oneOf('parquet', 'jsonl'), { error: 'a list of parquet, jsonl' }),
  /** Rows of the query; a study of three images and two report fields is six. */
  maxRows: whole(1, 10_000_000),
  /** Of a study, in bytes. */
  maxReport: size(),
  statementTimeout: duration(),
  connections: whole(1, 16),
  retry: section({ tries: whole(0, 10), first: duration() }),
  download: section({
    atOnce: whole(1, 64),
    /** A larger file is refused; `limits.file` too. */
    file: size(),
    idle: duration(),
    total: duration(),
    roots: z.array(named(/^(\/|file:\/\/\/)/, 'full paths of folders'), { error: 'a list of folders' }),
    /** Addresses or networks (CIDR) that are not public and may be read from all the same. */
    privateAddresses: z.array(named(address, 'addresses such as 10.1.2.3 or 10.1.0.0/16'), {
      error: 'a list of addresses',
    }),
    redirects: whole(0, 10),
  }),
  /** Issuer of patient ids where the files name none: the same as that of the source of an ingest. */
  issuer: some('a text').optional(),
});
