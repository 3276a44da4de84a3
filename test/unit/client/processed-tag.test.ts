import { expect, it } from 'vitest';
import { isTaggedProcessed } from '../../../src/client/processed-tag.js';

it.each([
  'processed/a.dcm',
  '2019/batch_processed/x/a.dcm',
  'Processed/a',
  'a_processed.dcm',
  'a.processed.dcm',
  'a.dcm.processed',
  'x/a_PROCESSED',
  'a_processed',
])('%s is tagged', (key) => {
  expect(isTaggedProcessed(key)).toBe(true);
});

it.each([
  'a.dcm',
  'unprocessed/a.dcm',
  'processed.dcm',
  'a_processed.d/b.dcm',
  'processed_later/a.dcm',
  'a_processed_2.dcm',
  'aprocessed.dcm',
  'x/processed',
])('%s is not', (key) => {
  expect(isTaggedProcessed(key)).toBe(false);
});
