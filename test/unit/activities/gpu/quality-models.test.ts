import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { QualityModels } from '../../../../src/activities/gpu/quality-models.js';
import { fileUri, openStore } from '../../../../src/storage/open.js';

const folder = mkdtempSync(join(tmpdir(), 'cxrflow-models-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const models = new QualityModels({ store: (root) => openStore(root) });
const describeAt = (path: string) => models.describe(fileUri(path), { p99: 0.05, spread: 0.02 });

test('a model that is not there is refused at once, naming the settings that may name it', async () => {
  const missing = describeAt(join(folder, 'quality.onnx'));
  await expect(missing).rejects.toMatchObject({ code: 'MODEL_MISSING', kind: 'input' });
  await expect(missing).rejects.toThrow(/preprocess\.qualityModel, or by qualityModel of the run/);
  await expect(missing).rejects.not.toThrow(folder);
});

test('a folder of models that is not there may be mounted yet; it says what was looked for', async () => {
  const missing = describeAt(join(folder, 'not mounted', 'quality.onnx'));
  await expect(missing).rejects.toMatchObject({ code: 'SOURCE_UNREADABLE', kind: 'world' });
  await expect(missing).rejects.toThrow(/of the quality model, named by preprocess\.qualityModel/);
});
