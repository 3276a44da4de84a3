import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { query } from '../../catalog/images.js';
import { CxrError } from '../../errors.js';
import { writeSamples } from '../../samples/write-samples.js';
import { liveRuntime } from '../../server/runtime-file.js';
import { type Stack, startStack } from '../../server/stack.js';
import { openStore } from '../../storage/open.js';
import { createLog } from '../../workers/log.js';
import { type Attached, attach } from '../attach.js';
import { contactSheet } from '../contact-sheet.js';
import { demoDataset } from '../demo-dataset.js';
import { configOf, type DeploymentOptions, deploymentOptions } from '../options.js';
import { note, print, printJson } from '../output.js';
import { progress } from '../progress.js';
import { accounting, follow, type RunResult, settle, startRun } from '../runs.js';

interface Options extends DeploymentOptions {
  readonly source?: string;
  readonly studies: string;
}

export const command = deploymentOptions(
  new Command('demo').description('Ingest sample studies, or a folder of your own, from start to end'),
)
  .option('--source <dir>', 'a folder of your own DICOM files instead of made-up studies')
  .option('--studies <n>', 'how many studies to make up', '40')
  .addHelpText(
    'after',
    '\nExample:\n  $ cxrflow demo\n  $ cxrflow demo --source /mnt/nas/2026-01 --data ./try',
  )
  .action(async (options: Options) => {
    const configured = configOf(options);
    // A folder given by hand is complete: its files need not lie for a minute first.
    const config = { ...configured, ingest: { ...configured.ingest, minAge: 0 } };
    const folder = options.source ? resolve(options.source) : await samples(config.data, options.studies);
    const live = liveRuntime(config.data);
    if (!live) note('Starting Temporal, the catalog and the workers on this machine …');
    const place: Stack | Attached = live
      ? await attach(config)
      : await startStack({
          config,
          log: createLog({ ...config.logging, level: 'error' }),
          say: note,
          port: 0,
        });
    try {
      const handle = await startRun(place.client, 'ingest', { source: folder }, undefined);
      note(`ingest ${handle.workflowId} of ${options.source ? folder : 'the samples'}`);
      const followed = await follow(handle, 'ingest');
      const status = settle(followed, handle.workflowId);
      // The samples hold spoilt files on purpose: what ended in quarantine there is no failure of the demo.
      process.exitCode = options.source ? status : 0;
      if (!('result' in followed)) return;
      const picture = await show(place, config.storage.root, config.data);
      const dataset = options.source ? undefined : await demoDataset(place, config.data);
      if (options.json) printJson({ ...followed.result, picture, dataset });
      else
        tell(followed.result, {
          picture,
          dataset,
          data: config.data,
          storage: config.storage.root,
          own: options.source !== undefined,
        });
    } finally {
      await ('stop' in place ? place.stop() : place.close());
    }
  });

async function samples(data: string, studies: string): Promise<string> {
  const count = Number(studies);
  if (!Number.isInteger(count) || count < 1 || count > 10_000)
    throw new CxrError('BAD_INPUT', '--studies: a whole number from 1 to 10000');
  const folder = join(data, 'samples');
  mkdirSync(folder, { recursive: true });
  const shown = progress('samples');
  await writeSamples(folder, { studies: count, onFile: (n) => shown.update(n, undefined, folder) });
  shown.finish();
  return folder;
}

/** A sheet of the first stored images, beside the data. */
async function show(place: Stack | Attached, root: string, data: string): Promise<string | undefined> {
  if (!root.startsWith('file://')) return undefined;
  const images = await query(place.catalog.db, { states: ['stored'] }, { limit: 24 });
  const store = openStore(root);
  const sheet = await contactSheet(
    store,
    images.map(({ container, key }) => `${container}/${key}`),
  );
  await store.close();
  if (!sheet) return undefined;
  const path = join(data, 'contact-sheet.png');
  writeFileSync(path, sheet);
  return path;
}

interface Shown {
  readonly picture: string | undefined;
  /** URI of the folder of its version. */
  readonly dataset: string | undefined;
  readonly data: string;
  readonly storage: string;
  /** A folder of the person's own. */
  readonly own: boolean;
}

function tell(result: RunResult, { picture, dataset, data, storage, own }: Shown): void {
  const path = (uri: string) => (uri.startsWith('file://') ? fileURLToPath(uri) : uri);
  print(`\n${own ? 'Your folder' : 'The samples'}:`);
  print(accounting(result));
  print('\nWhere to look:');
  print(`  pictures     ${path(storage)}`);
  if (picture) print(`  at a glance  ${picture}`);
  if (typeof result.report === 'string') print(`  report       ${result.report}   for the privacy officer`);
  if (dataset)
    print(
      `  dataset      ${path(dataset)}/README.md   the films and made-up labels, for TensorFlow and PyTorch`,
    );
  print(`  rows         ${join(data, 'catalog')}   (PGlite; DATABASE_URL takes a Postgres instead)`);
  print('\nNext:');
  print(`  npx cxrflow quarantine list --data ${data}      what was kept out, and why`);
  print(`  npx cxrflow review list --data ${data}          what waits for a person`);
  print(
    `  npx cxrflow up --data ${data}                   Temporal with its Web UI, workers and API, until Ctrl-C`,
  );
  if (dataset)
    print(
      `  npx cxrflow dataset show demo/v1.0 --data ${data}   what is in the dataset, and how it was made`,
    );
  if (!own) print('  npx cxrflow demo --source DIR --data ./mine   the same with your own files');
}
