import { readFileSync } from 'node:fs';
import { Command, Option } from 'commander';
import type { BackfillInput, PlannedView } from '../../activities/api/backfill.js';
import { recordReveal } from '../../catalog/audit.js';
import type { Config } from '../../config/load.js';
import { WORKFLOW_TYPES } from '../../config/schema.js';
import { CxrError } from '../../errors.js';
import { openPath } from '../../privacy/seal.js';
import { openKeys } from '../../workers/keys.js';
import type { BackfillResult } from '../../workflows/backfill-parent.js';
import { attachCatalog, attachTemporal } from '../attach.js';
import { failureOf } from '../failure.js';
import { inputOf } from '../input-options.js';
import { configOf, type DeploymentOptions, deploymentOptions } from '../options.js';
import { note, print, printJson, table } from '../output.js';
import { person } from '../person.js';
import { accounting, follow, settle, startRun } from '../runs.js';
import { whole } from '../whole.js';

interface Options extends DeploymentOptions, Pick<BackfillInput, 'source' | 'from' | 'to' | 'template'> {
  readonly by?: 'date' | 'folder';
  readonly only?: 'missing' | 'failed' | 'all';
  readonly concurrency?: number;
  readonly maxFailures?: string;
  readonly reverse?: true;
  readonly partitions?: string;
  readonly input?: string;
  readonly set?: readonly string[];
  readonly id?: string;
  readonly wait?: true;
  readonly dryRun?: true;
  readonly reveal?: true;
  readonly reason?: string;
}

/** The input stands in the history twice, and Temporal takes 2 MB. */
const MOST_INPUT = 1_000_000;
const TYPES = WORKFLOW_TYPES.filter((type) => type !== 'backfill');

export const command = deploymentOptions(
  new Command('backfill')
    .description('Run a workflow for each partition: a range of dates, the folders of a source, or a list')
    .argument('<type>', TYPES.join(', ')),
)
  .option('--source <source>', 'name of a configured source, or a root URI')
  .option('--from <date>', 'first date: 2024-03-31, 2024-03 or 2024')
  .option('--to <date>', 'last date, included')
  .option('--template <path>', 'where dates stand in the names of the source (default: backfill.template)')
  .addOption(
    new Option('--by <what>', 'date or folder (default: date where a date is given)').choices([
      'date',
      'folder',
    ]),
  )
  .option('--partitions <file>', 'a JSON list of {key, input}, or one of them a line, instead')
  .addOption(
    new Option('--only <which>', 'missing: never done; failed: those that failed; all')
      .choices(['missing', 'failed', 'all'])
      .default('missing'),
  )
  .option('--concurrency <n>', 'partitions at a time', whole)
  .option('--reverse', 'the last one first')
  .option('--max-failures <n>', 'so many failures in a row pause it; 0 never')
  .option('--input <json>', 'fields for the run of every partition as JSON, or @FILE')
  .option('--set <key=value...>', 'one such field; dots reach into it, values are JSON or text')
  .option('--dry-run', 'list what would run, start nothing')
  .option('--reveal', 'of a dry run by folder: show the folders, which may name patients; recorded')
  .option('--reason <text>', 'why they are revealed')
  .option('--id <id>', 'workflow id (default: type and time)')
  .option('--wait', 'show progress until it ends')
  .addHelpText(
    'after',
    `
Exit status: 0 done, 1 failed, 2 wrong usage, 3 done but partitions failed or items were quarantined, 4 paused.

Example:
  $ cxrflow backfill ingest --source nas --from 2024-01 --to 2024-06 --dry-run
  $ cxrflow backfill ingest --source nas --from 2024-01 --to 2024-06 --concurrency 4 --wait
  $ cxrflow backfill ingest --source nas --only failed --wait`,
  )
  .action(async (type: string, options: Options) => {
    if (!(TYPES as readonly string[]).includes(type))
      throw new CxrError('BAD_INPUT', `type: one of ${TYPES.join(', ')}`);
    if (options.reveal && !options.reason?.trim()) throw new CxrError('REASON_REQUIRED');
    const config = configOf(options);
    const client = await attachTemporal(config);
    try {
      const handle = await startRun(client, 'backfill', { ...requestOf(type, options) }, options.id);
      if (options.dryRun)
        return await showPlan(config, (await ended(handle.result())) as BackfillResult, options);
      if (!options.wait) {
        if (options.json)
          printJson({ workflowId: handle.workflowId, runId: (await handle.describe()).runId });
        else print(handle.workflowId);
        return;
      }
      note(`backfill ${handle.workflowId}`);
      const followed = await follow(handle, 'backfill');
      process.exitCode = settle(followed, handle.workflowId);
      if (options.json)
        printJson('result' in followed ? followed.result : { workflowId: handle.workflowId, ...followed });
      else if ('result' in followed) print(accounting(followed.result));
    } finally {
      await client.connection.close();
    }
  });

function requestOf(type: string, options: Options): BackfillInput {
  const { source, from, to, template, by, only, concurrency, maxFailures, reverse, dryRun } = options;
  const input = inputOf(options);
  const given: Readonly<Record<string, unknown>> = {
    ...{ type, source, from, to, template, by, only, concurrency, reverse, dryRun },
    maxFailures: maxFailures === undefined ? undefined : Number(maxFailures),
    partitions: options.partitions === undefined ? undefined : partitionsIn(options.partitions),
    input: Object.keys(input).length === 0 ? undefined : input,
  };
  const request = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  if (JSON.stringify(request).length > MOST_INPUT)
    throw new CxrError('BAD_INPUT', '--partitions: more than 1 MB; make several backfills of it');
  return request;
}

/** A JSON list, or an object a line. What stands in the file is in no message. */
function partitionsIn(path: string): BackfillInput['partitions'] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8').replace(/^\uFEFF/, '');
  } catch (cause) {
    throw new CxrError('BAD_INPUT', '--partitions: the file cannot be read', { cause });
  }
  try {
    if (text.trimStart().startsWith('[')) return JSON.parse(text);
    const lines = text.split('\n').filter((line) => line.trim() !== '');
    return lines.map((line) => JSON.parse(line));
  } catch (cause) {
    throw new CxrError('BAD_INPUT', '--partitions: a JSON list of {key, input}, or one of them a line', {
      cause,
    });
  }
}

async function ended<T>(result: Promise<T>): Promise<T> {
  try {
    return await result;
  } catch (error) {
    throw failureOf(error);
  }
}

async function showPlan(config: Config, result: BackfillResult, options: Options): Promise<void> {
  const { found, wouldRun = 0, partitions, plan = [] } = result;
  const folders = options.reveal ? await reveal(config, plan, options.reason ?? '') : undefined;
  const shown = plan.map(({ key, state, run }, i) => ({
    key,
    state,
    run,
    ...(folders && { folders: folders[i] ?? [] }),
  }));
  if (options.json) return printJson({ found, wouldRun, states: partitions, partitions: shown });
  print(
    table([
      ['PARTITION', 'STATE', 'WOULD', ...(folders ? ['FOLDERS'] : [])],
      ...shown.map(({ key, state, run, folders }) => [
        key,
        state,
        run ? 'run' : '-',
        ...(folders ? [folders.map((name) => JSON.stringify(name).slice(1, -1)).join(' ')] : []),
      ]),
    ]),
  );
  if (found > plan.length) note(`... and ${found - plan.length} more`);
  note(`${wouldRun} of ${found} partitions would run`);
}

/** The folders of each partition in clear, once it is written down who looks at them and why. */
async function reveal(
  config: Config,
  plan: readonly PlannedView[],
  reason: string,
): Promise<readonly (readonly string[])[]> {
  const catalog = await attachCatalog(config);
  try {
    const { pathKey } = await openKeys(catalog, config, process.env, false);
    await recordReveal(catalog.db, { who: person(), reason, what: 'path' });
    return plan.map(({ sealed }) => {
      if (sealed === undefined) return [];
      const spec = JSON.parse(openPath(pathKey, Buffer.from(sealed, 'base64')).toString('utf8')) as {
        prefixes: readonly string[];
      };
      return spec.prefixes.map((prefix) => (prefix === '' ? '(files at the top)' : prefix));
    });
  } finally {
    await catalog.close();
  }
}
