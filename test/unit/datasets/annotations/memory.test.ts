import { expect, test } from 'vitest';
import { createClassMap } from '../../../../src/datasets/annotations/classes.js';
import { readAnnotations } from '../../../../src/datasets/annotations/read.js';
import { checkRecord, isFault } from '../../../../src/datasets/annotations/record.js';

const ROWS = 100_000;
const MIB = 2 ** 20;

/** A table that is never in memory as a whole. */
async function* table(): AsyncGenerator<Uint8Array> {
  yield Buffer.from('image_id,class_name,class_id,rad_id,x_min,y_min,x_max,y_max\n');
  for (let from = 0; from < ROWS; from += 1000)
    yield Buffer.from(
      Array.from(
        { length: 1000 },
        (_, i) => `image-${from + i},Cardiomegaly,0,R1,1,2,${from + i + 3},4\n`,
      ).join(''),
    );
}

test('a long table is read in bounded memory, row by row', { timeout: 60_000 }, async () => {
  const classes = createClassMap(['Cardiomegaly'], []);
  const { records } = await readAnnotations(table(), MIB);
  let right = 0;
  let most = 0;
  let first: number | undefined;
  for await (const record of records) {
    if (!isFault(checkRecord(record, classes, (reader) => reader))) right += 1;
    if (record.position % 10_000 !== 0) continue;
    const { heapUsed, external } = process.memoryUsage();
    first ??= heapUsed + external;
    most = Math.max(most, heapUsed + external - first);
  }
  expect(right).toBe(ROWS);
  // Held, the records would take some 70.
  expect(most / MIB).toBeLessThan(48);
});
