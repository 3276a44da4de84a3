import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import { listVersions } from '../catalog/dataset-versions.js';
import { query } from '../catalog/images.js';
import type { Catalog } from '../catalog/open.js';
import { follow, startRun } from './runs.js';

const [DATASET, VERSION] = ['demo', 'v1.0'];
const MOST = 400;

/**
 * One small dataset of the films that a demo has stored: labels, as a radiologist would deliver them, into the catalog,
 * and the films that have one into TFRecord and Parquet. Nothing is made twice. The labels are made up.
 *
 * @param data folder in which the table of labels is written
 * @returns URI of the folder of the version; undefined where there is no film for it, or a run paused
 */
export async function demoDataset(
  { client, catalog }: { readonly client: Client; readonly catalog: Catalog },
  data: string,
): Promise<string | undefined> {
  const there = async () => (await listVersions(catalog.db, { dataset: DATASET, version: VERSION }))[0]?.uri;
  const before = await there();
  if (before !== undefined) return before;
  const stored = await query(catalog.db, { states: ['stored'] }, { limit: MOST });
  // Those that go into a dataset unless said otherwise.
  const images = stored.filter(({ view_position }) => view_position === 'AP' || view_position === 'PA');
  if (images.length === 0) return undefined;
  const rows = images.map(
    ({ instance_uid }, i) => `${instance_uid},${i % 3 === 0 ? 'PNEUMONIA' : 'NORMAL'},1,R1`,
  );
  const folder = join(data, 'sample-labels');
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'labels.csv');
  writeFileSync(file, ['image_id,label,value,reader', ...rows, ''].join('\n'));
  // Old enough to be taken at once.
  utimesSync(file, new Date(0), new Date(0));
  for (const [type, input] of [
    ['annotations', { source: folder }],
    ['chestXrayProcessing', { source: {}, dataset: DATASET, version: VERSION }],
  ] as const) {
    const followed = await follow(await startRun(client, type, input, undefined), type);
    if ('paused' in followed) return undefined;
  }
  return await there();
}
