import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { createBatchTask } from '../../../../src/activities/cpu/processing/prepare-batch.js';
import { prepareImage } from '../../../../src/activities/cpu/processing/prepare-image.js';
import { loadPipeline } from '../../../../src/config/pipeline.js';
import { createPseudonyms } from '../../../../src/privacy/pseudonyms.js';
import { temporaryFolder } from '../../../support/servers/process.js';

const pipeline = loadPipeline({ steps: { resize: { width: 8, height: 8 } } }).settings;
const pseudonyms = createPseudonyms(randomBytes(32));
const task = createBatchTask(pseudonyms);
const folder = temporaryFolder('prepare-batch');
const MAX_BYTES = 500_000;

/** Files of several sizes, and what has to be looked at by itself. */
const files = new Map<string, Uint8Array | undefined>();
for (const side of [9, 20, 33, 64, 120, 200]) {
  const raw = { width: side, height: side, channels: 1 } as const;
  files.set(
    `${side}.png`,
    await sharp(randomBytes(side * side), { raw })
      .png()
      .toBuffer(),
  );
}
for (const [name, bytes] of files) writeFileSync(join(folder, name), bytes ?? '');
writeFileSync(join(folder, 'empty.png'), '');
writeFileSync(join(folder, 'text.png'), 'no picture');
writeFileSync(join(folder, 'large.png'), randomBytes(MAX_BYTES + 1));
mkdirSync(join(folder, 'folder.png'));
for (const odd of ['empty.png', 'text.png', 'large.png', 'folder.png', 'missing.png'])
  files.set(odd, undefined);

describe('images of a batch', () => {
  it('are what each is by itself, whatever lies before and behind it', async () => {
    const names = fc.array(fc.constantFrom(...files.keys()), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(names, async (batch) => {
        const input = batch.map((name) => ({ path: Buffer.from(join(folder, name)), name }));
        const { images, bytes } = await task({ files: input, maxBytes: MAX_BYTES, pipeline, issuer: '' });
        let at = 0;
        for (const [i, name] of batch.entries()) {
          const alone = files.get(name);
          const image = images[i];
          if (alone === undefined || image === undefined) {
            expect([name, image]).toEqual([name, undefined]);
            expect(alone).toBeUndefined();
            continue;
          }
          const { pixels, ...facts } = await prepareImage(
            { bytes: alone, name, pipeline, issuer: '' },
            pseudonyms,
          );
          expect(image).toEqual({ ...facts, length: pixels.byteLength });
          const own = new Uint8Array(pixels.buffer, pixels.byteOffset, pixels.byteLength);
          expect(bytes.subarray(at, at + image.length)).toEqual(own);
          at += image.length;
        }
        expect(images).toHaveLength(batch.length);
        expect(bytes).toHaveLength(at);
      }),
      { numRuns: 40 },
    );
  });
});
