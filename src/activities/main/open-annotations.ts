import { createHash } from 'node:crypto';
import { imageSources, readByRun } from '../../catalog/annotation-listing.js';
import { dropStaging, stagedFiles } from '../../catalog/annotation-staging.js';
import { getRun } from '../../catalog/runs.js';
import { after as shardsAfter } from '../../catalog/shards.js';
import { publicConfig } from '../../config/load.js';
import type { AnnotationsInput, AnnotationsMain, AnnotationsRun } from '../api/annotations.js';
import { beating } from '../beat.js';
import type { Deps } from '../deps.js';
import { patiently } from '../patience.js';
import { beginRun, runBase } from './open-base.js';
import { resolveSource, type Source } from './source.js';

/** Name of the source that is read where none is asked for. */
const DEFAULT = 'annotations';
/** Sources whose files a record may name; more would be hashed for each record. */
const MAX_IMAGE_SOURCES = 50;
/** At about ten events each a history stays below 10,000. */
const SHARDS_A_PASS = 500;
/** Raised where records are read otherwise than before. */
const READER_VERSION = 1;

export function annotationsMain(deps: Deps): AnnotationsMain {
  const { db } = deps.catalog;
  return {
    openAnnotations: (input) =>
      beating<AnnotationsRun, undefined>((_, signal) =>
        patiently(deps.config.retry, signal, () => open(deps, input)),
      ),
    annotationShards: ({ run, after, limit }) =>
      beating<readonly { shard: number; files: number }[], undefined>((_, signal) =>
        patiently(run.retry, signal, async () => {
          const rows = await shardsAfter(db, run.runId, after, limit);
          return rows.map(({ shard, files }) => ({ shard, files }));
        }),
      ),
    annotationTotals: (run) =>
      beating<Awaited<ReturnType<AnnotationsMain['annotationTotals']>>, undefined>((_, signal) =>
        patiently(run.retry, signal, async () => {
          const row = await getRun(db, run.runId);
          const { done = 0, skipped: settled = 0, ignored = 0, quarantined = 0, unchanged = 0 } = row ?? {};
          const skipped = settled + unchanged;
          const found = done + skipped + ignored + quarantined;
          return {
            counts: { found, done, skipped, ignored, quarantined },
            ...(await readByRun(db, run.runId)),
          };
        }),
      ),
  };
}

async function open(deps: Deps, input: AnnotationsInput): Promise<AnnotationsRun> {
  const { annotations } = publicConfig(deps.config).settings;
  const source = annotationSource(deps, input.source);
  const store = deps.store(source.root);
  // The folder of the storage root is this program's own; any other has to be there.
  if (source.own) await store.ensure();
  await store.check();
  const { classes, labels } = annotations;
  const lease = ledgerName(source.name);
  const run: AnnotationsRun = {
    ...runBase(deps, {
      ...{ type: 'annotations', source: source.name, lease },
      concurrency: input.concurrency ?? annotations.concurrency,
    }),
    ...{ sourceRoot: source.root, ledger: lease, classes, labels, markSource: annotations.markSource },
    minAgeMs: store.scheme === 'file' ? annotations.minAge : 0,
    ...{ shardSize: annotations.shardSize, shardsAPass: SHARDS_A_PASS, maxJson: annotations.maxJson },
    rules: createHash('sha256')
      .update(JSON.stringify([READER_VERSION, classes, labels]))
      .digest('hex')
      .slice(0, 16),
    imageSources: await sourcesOfImages(deps),
  };
  await beginRun(deps, run);
  // What a run that did not come to its end had begun to read is read anew.
  for (const fileId of await stagedFiles(deps.catalog.db, run.ledger))
    await deps.catalog.transaction((trx) => dropStaging(trx, fileId));
  return run;
}

const LEDGER = 'annotations:';

/** In the ledger of files a source of annotations is not the source of films that the same folder may be. */
export function ledgerName(source: string): string {
  return LEDGER + source;
}

/** The source that the ledger names so; undefined for one of films. */
export function sourceOfLedger(name: string): string | undefined {
  return name.startsWith(LEDGER) ? name.slice(LEDGER.length) : undefined;
}

/** The source of a run: what was asked for, what is configured, or the folder in the storage root. */
export function annotationSource(
  { config }: Pick<Deps, 'config'>,
  asked: string | undefined,
): Source & { readonly own: boolean } {
  const name = asked ?? config.annotations.source ?? (config.sources[DEFAULT] ? DEFAULT : undefined);
  if (name !== undefined && (name !== DEFAULT || config.sources[DEFAULT]))
    return { ...resolveSource(config, name), own: false };
  const root = `${config.storage.root.replace(/\/$/, '')}/${DEFAULT}`;
  return { name: DEFAULT, root, issuer: undefined, own: true };
}

async function sourcesOfImages({ config, catalog }: Deps): Promise<readonly string[]> {
  const names = new Set([...Object.keys(config.sources), ...(await imageSources(catalog.db))]);
  return [...names].slice(0, MAX_IMAGE_SOURCES);
}
