import { createHash } from 'node:crypto';
import sharp from 'sharp';
import { afterEach, expect, it } from 'vitest';
import type { Prepared, PrepareInput } from '../../../src/activities/cpu/processing/prepare-image.js';
import { loadConfig } from '../../../src/config/load.js';
import { loadPipeline } from '../../../src/config/pipeline.js';
import { loadKeyring } from '../../../src/privacy/keyring.js';
import { createIsolated } from '../../../src/workers/isolated.js';

const keyring = loadKeyring({ CXRFLOW_PSEUDONYM_KEY: '0123456789abcdef'.repeat(4) }, { mayCreate: false });
const isolated = createIsolated(loadConfig({ env: {} }), keyring);
const { settings: pipeline } = loadPipeline({ steps: { resize: { width: 8, height: 8 } } });
afterEach(() => isolated.close());

/** The later ones are smaller, so that they would be done before the first. */
const pictures = Promise.all(
  [1500, 300, 40].map((side) =>
    sharp({ create: { width: side, height: side, channels: 3, background: 'grey' } })
      .png()
      .toBuffer(),
  ),
);
const prepared = (bytes: Uint8Array, timeout = 25_000) => {
  const input: PrepareInput = { bytes, name: 'a.png', pipeline, issuer: 'HOSPITAL' };
  return isolated.run<Prepared>('prepareImage', input, { timeout });
};
const hashOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

it('gives each of some tasks asked for at once its own result', async () => {
  const images = await pictures;
  const results = await Promise.all(images.map((bytes) => prepared(bytes)));
  expect(results.map(({ hash }) => hash)).toEqual(images.map(hashOf));
});

it('ends with a task that takes too long, and no other', async () => {
  const [one, two, three] = (await pictures) as [Buffer, Buffer, Buffer];
  const results = await Promise.all([
    prepared(one).then(({ hash }) => hash),
    prepared(two, 1).catch(({ code }) => code),
    prepared(three).then(({ hash }) => hash),
  ]);
  expect(results).toEqual([hashOf(one), 'TOO_SLOW', hashOf(three)]);
});
