import { Command } from 'commander';
import { resolveSource } from '../../activities/main/source.js';
import { openStore } from '../../storage/open.js';
import { storeOptions } from '../../workers/deps.js';
import { openKeys } from '../../workers/keys.js';
import { type AdoptJob, adoptTagged, countTagged } from '../adopt.js';
import { type DeploymentOptions, deploymentOptions } from '../options.js';
import { print, printJson } from '../output.js';
import { progress } from '../progress.js';
import { withCatalog } from '../with-catalog.js';

interface AdoptOptions extends DeploymentOptions {
  readonly source?: string;
  readonly dryRun?: true;
}

export const command = new Command('catalog')
  .description('The ledger of files, images and runs')
  .addHelpText('after', '\nExample:\n  $ cxrflow catalog adopt --source nas --dry-run');

deploymentOptions(command.command('migrate'))
  .description('bring the tables up to the version of this program (they are also when it starts)')
  .addHelpText('after', '\nExample:\n  $ DATABASE_URL=postgres://db.example.org/cxr cxrflow catalog migrate')
  .action((options: DeploymentOptions) =>
    withCatalog(options, async ({ engine, applied }) => {
      if (options.json) printJson({ engine, applied });
      else print(applied.length > 0 ? `applied: ${applied.join(', ')}` : 'up to date');
    }),
  );

deploymentOptions(command.command('adopt'))
  .description(
    'take over an archive whose files an older pipeline tagged as processed: ingest leaves them out',
  )
  .option('--source <name>', 'configured source, or a root URI (default: the only one configured)')
  .option('--dry-run', 'count only, record nothing')
  .addHelpText(
    'after',
    `
Tagged is what lies in a folder named "processed" or "<anything>_processed", and a file whose name ends with
".processed" or "_processed", before or instead of its extension (scan_processed.dcm, scan.dcm.processed).

Example:
  $ cxrflow catalog adopt --source nas --dry-run`,
  )
  .action((options: AdoptOptions) =>
    withCatalog(options, async (catalog, config) => {
      const source = resolveSource(config, options.source);
      const store = openStore(source.root, storeOptions(config));
      const bar = progress('adopt');
      try {
        await store.check();
        // Without the key the file ids would be of nobody; this command never makes one.
        const { pathKey } = await openKeys(catalog, config, process.env, false);
        const report = (found: number) => bar.update(found, undefined);
        const job: AdoptJob = { catalog, pathKey, source: source.name, store, report };
        const result = await (options.dryRun ? countTagged(job) : adoptTagged(job));
        bar.finish();
        const { found, tagged, adopted } = result;
        if (options.json) printJson({ source: source.name, dryRun: options.dryRun === true, ...result });
        else if (options.dryRun) print(`${tagged} of ${found} files are tagged; nothing was recorded`);
        else print(`${adopted} of ${found} files recorded as done (${tagged - adopted} were known)`);
      } finally {
        await store.close();
      }
    }),
  );
