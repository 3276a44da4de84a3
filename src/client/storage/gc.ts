import { InvalidArgumentError, Option } from 'commander';
import { parseDuration } from '../../config/units.js';
import { stagedRuns, sweepHalfWritten } from '../../storage/sweep.js';
import { configOf, type DeploymentOptions } from '../options.js';
import { note, print, printJson } from '../output.js';
import { type Sub, withStore } from './sub.js';

interface GcOptions extends DeploymentOptions {
  readonly olderThan: number;
  readonly dryRun?: true;
}

export function gcCommand(sub: Sub): void {
  sub(
    'gc',
    'remove what ended or killed runs left in staging of the storage root',
    'cxrflow storage gc --older-than 7d --dry-run',
  )
    .addOption(
      new Option('--older-than <time>', 'nothing was written to it for so long')
        .default(7 * 86_400_000, '7d')
        .argParser(olderThan),
    )
    .option('--dry-run', 'say what would go, remove nothing')
    .action(gc);
}

async function gc(options: GcOptions): Promise<void> {
  const config = configOf(options);
  await withStore(config.storage.root, options, async (store) => {
    const before = Date.now() - options.olderThan;
    const dryRun = options.dryRun === true;
    const removed = [];
    let [younger, alive] = [0, 0];
    // The other commands of storage need no Temporal, and should not wait until its SDK is loaded.
    const { stagingInUse } = await import('../staging-in-use.js');
    const inUse = await stagingInUse(config);
    if (inUse === undefined) note('No catalog here to ask which runs live: by age alone.');
    for (const run of await stagedRuns(store)) {
      if (run.newest >= before) younger++;
      else if (inUse?.has(run.prefix)) alive++;
      else {
        if (!dryRun) await store.deletePrefix(run.prefix);
        removed.push({ ...run, newest: new Date(run.newest).toISOString() });
      }
    }
    const halfWritten = await sweepHalfWritten(store.root, before, dryRun);
    const kept = younger + alive;
    if (options.json) return printJson({ root: store.root, dryRun, removed, kept, alive, halfWritten });
    for (const { prefix, objects, newest } of removed) print(`${prefix}  ${objects} objects, last ${newest}`);
    const what = `${removed.length} runs and ${halfWritten} half-written files`;
    note(
      `${dryRun ? 'would remove' : 'removed'} ${what}, kept ${younger} younger and ${alive} of runs that live`,
    );
  });
}

function olderThan(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined) throw new InvalidArgumentError('a time with its unit: 12h, 7d');
  return ms;
}
