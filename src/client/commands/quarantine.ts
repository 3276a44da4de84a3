import { Command } from 'commander';
import { releaseWaiting } from '../../activities/io/annotations/release.js';
import { sourceOfLedger } from '../../activities/main/open-annotations.js';
import { recordReveal } from '../../catalog/audit.js';
import type { FileRow } from '../../catalog/files.js';
import type { Catalog } from '../../catalog/open.js';
import * as quarantine from '../../catalog/quarantine.js';
import type { Config } from '../../config/load.js';
import { CxrError, ERRORS } from '../../errors.js';
import { openPath } from '../../privacy/seal.js';
import { openKeys } from '../../workers/keys.js';
import { attachTemporal } from '../attach.js';
import { type DeploymentOptions, deploymentOptions } from '../options.js';
import { note, print, printJson, table } from '../output.js';
import { person } from '../person.js';
import { startRun } from '../runs.js';
import { whole } from '../whole.js';
import { withCatalog } from '../with-catalog.js';

interface FilterOptions extends DeploymentOptions {
  readonly code?: string;
  readonly source?: string;
  readonly run?: string;
}

export const command = new Command('quarantine')
  .description('Files that could not be taken: which, why, and to try them again')
  .addHelpText('after', '\nExample:\n  $ cxrflow quarantine list --code TRUNCATED');

const filtered = (sub: Command) =>
  deploymentOptions(sub)
    .option('--code <code>', 'only this error code')
    .option('--source <name>', 'only files of this source')
    .option('--run <id>', 'only what this run quarantined');
const filterOf = ({ code, source, run }: FilterOptions) => ({ code, source, runId: run });

filtered(command.command('list'))
  .description('the latest first, with the reason of each')
  .option('--limit <n>', 'at most so many', whole, 50)
  .option('--after <cursor>', 'go on where the last page ended')
  .addHelpText('after', '\nExample:\n  $ cxrflow quarantine list --source nas --limit 20')
  .action((options: FilterOptions & { limit: number; after?: string }) =>
    withCatalog(options, async ({ db }) => {
      const filter = filterOf(options);
      const page = await quarantine.list(db, filter, options);
      const codes = await quarantine.countByCode(db, filter);
      if (options.json) {
        printJson({ codes, files: page.files.map(view), next: page.next ?? null });
        return;
      }
      if (page.files.length === 0) print('nothing is quarantined');
      else
        print(
          table([
            ['FILE', 'CODE', 'SOURCE', 'WHEN', 'REASON'],
            ...page.files.map((f) => [
              f.file_id,
              f.code ?? '',
              f.source,
              f.updated_at.toISOString().slice(0, 19),
              f.reason ?? '',
            ]),
          ]),
        );
      if (codes.length > 0) note(codes.map(({ code, files }) => `${code} ${files}`).join(', '));
      if (page.next) note(`more: --after '${page.next}'`);
    }),
  );

deploymentOptions(command.command('show <file>'))
  .description('one file: what happened, and what helps')
  .option('--reveal', 'show its path, which may name a patient; recorded with your name')
  .option('--reason <text>', 'why it is revealed')
  .addHelpText(
    'after',
    '\nExample:\n  $ cxrflow quarantine show F2Q… --reveal --reason "ask the scanner\'s operator"',
  )
  .action((fileId: string, options: DeploymentOptions & { reveal?: true; reason?: string }) =>
    withCatalog(options, async (catalog, config) => {
      const file = await quarantine.show(catalog.db, fileId);
      if (file === undefined) throw new CxrError('CATALOG_UNKNOWN', fileId);
      const path = options.reveal ? await reveal(catalog, config, file, options.reason) : undefined;
      const shown = { ...view(file), hint: hintOf(file.code), ...(path !== undefined && { path }) };
      if (options.json) printJson(shown);
      else
        print(
          table(
            Object.entries(shown)
              .filter(([, value]) => value !== null)
              .map(([name, value]) => [name, String(value)]),
          ),
        );
    }),
  );

filtered(command.command('retry [files...]'))
  .description('let the next run of their source take them again')
  .option('--all', 'every quarantined file')
  .option('--start', 'start that run now: an ingest or annotations of each source, by the configuration')
  .addHelpText('after', '\nExample:\n  $ cxrflow quarantine retry --code DECODE_FAILED --start')
  .action((fileIds: readonly string[], options: FilterOptions & { all?: true; start?: true }) =>
    withCatalog(options, async (catalog, config) => {
      const asked = { ...filterOf(options), ...(fileIds.length > 0 && { fileIds }) };
      if (!options.all && Object.values(asked).every((value) => value === undefined))
        throw new CxrError('BAD_INPUT', 'which files: ids, --code, --source, --run or --all');
      // A version never changes, and the next one reads all that its source has then: nothing is marked for it.
      const ofDatasets = total(await quarantine.countByCode(catalog.db, { ...asked, ofDatasets: true }));
      const filter = { ...asked, ofDatasets: false };
      const applied = await applyWaiting(catalog, filter);
      const waiting = await quarantine.countByCode(catalog.db, { ...filter, code: 'IMAGE_UNKNOWN' });
      const { sources, ...taken } = await catalog.transaction(async (trx) => ({
        sources: await quarantine.sourcesOf(trx, filter),
        marked: await quarantine.markForRetry(trx, filter),
      }));
      const marked = taken.marked + (waiting[0]?.files ?? 0);
      const started = options.start ? await startAgain(config, sources) : undefined;
      if (options.json) printJson({ marked, applied, ofDatasets, ...(started && { started }) });
      else {
        if (applied > 0) print(`${applied} records of annotations are applied: their images have come`);
        if (started) for (const { workflowId } of started) print(workflowId);
        else if (marked > 0 || ofDatasets === 0)
          print(`${marked} files will be taken again by the next run of their source`);
        if (ofDatasets > 0)
          print(
            `${ofDatasets} are inputs of datasets: the next version made of their source reads them anew, of itself`,
          );
      }
    }),
  );

const total = (codes: readonly { readonly files: number }[]) =>
  codes.reduce((sum, { files }) => sum + files, 0);

/** Records of annotations need no run: what they say is known, and where it belongs, once their image is there. */
async function applyWaiting(catalog: Catalog, filter: quarantine.QuarantineFilter): Promise<number> {
  if (filter.code !== undefined && filter.code !== 'IMAGE_UNKNOWN') return 0;
  let applied = 0;
  for (const source of await quarantine.sourcesOf(catalog.db, { ...filter, code: 'IMAGE_UNKNOWN' }))
    applied += await releaseWaiting(catalog, source, '');
  return applied;
}

/** Files stay marked where a run cannot be started: the next one takes them. */
async function startAgain(
  config: Config,
  sources: readonly string[],
): Promise<readonly { readonly source: string; readonly workflowId: string }[]> {
  const client = await attachTemporal(config);
  try {
    const started: { source: string; workflowId: string }[] = [];
    for (const source of sources) {
      const [type, name] = runOf(source);
      const { workflowId } = await startRun(client, type, { source: name }, undefined);
      started.push({ source, workflowId });
    }
    return started;
  } finally {
    await client.connection.close();
  }
}

/** What takes files of a source again. */
function runOf(source: string): [type: string, source: string] {
  const annotations = sourceOfLedger(source);
  return annotations === undefined ? ['ingest', source] : ['annotations', annotations];
}

async function reveal(
  catalog: Catalog,
  config: Config,
  file: FileRow,
  reason: string | undefined,
): Promise<string> {
  if (!reason?.trim()) throw new CxrError('REASON_REQUIRED');
  const { pathKey } = await openKeys(catalog, config, process.env, false);
  await recordReveal(catalog.db, { who: person(), reason, what: 'path', fileId: file.file_id });
  // A name may hold line breaks and control characters; they must not reach the terminal.
  return JSON.stringify(openPath(pathKey, file.sealed_path).toString('utf8')).slice(1, -1);
}

function hintOf(code: string | null): string | null {
  return code !== null && code in ERRORS ? ERRORS[code as keyof typeof ERRORS].hint : null;
}

/** A file as it is printed: nothing in it names a patient. */
function view(file: FileRow) {
  return {
    fileId: file.file_id,
    state: file.state,
    code: file.code,
    reason: file.reason,
    source: file.source,
    archive: file.parent_file_id,
    size: file.size,
    contentHash: file.content_hash,
    runId: file.run_id,
    attempts: file.attempts,
    firstSeen: file.first_seen.toISOString(),
    updatedAt: file.updated_at.toISOString(),
  };
}
