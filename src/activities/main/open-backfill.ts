import { createHash } from 'node:crypto';
import { publicConfig } from '../../config/load.js';
import type { WorkflowType } from '../../config/schema.js';
import { CxrError } from '../../errors.js';
import type { BackfillInput, BackfillMainActivities, BackfillRun } from '../api/backfill.js';
import { beating } from '../beat.js';
import type { Deps } from '../deps.js';
import { rangeOf } from '../io/backfill/dates.js';
import { parseTemplate } from '../io/backfill/template.js';
import { patiently } from '../patience.js';
import { beginRun, runBase } from './open-base.js';
import { resolveSource } from './source.js';

/** At about 15 events each a history stays well below the 10,240 at which Temporal warns. */
const PARTITIONS_A_PASS = 400;
/** Types whose runs take a part of a source. */
const OF_SOURCES: ReadonlySet<string> = new Set(['ingest', 'extract']);

/** Opens a backfill, having refused what makes no sense. Its lease keeps everyone else from what it partitions. */
export function openBackfill(deps: Deps): BackfillMainActivities['openBackfill'] {
  return (input) =>
    beating<BackfillRun, undefined>((_, signal) =>
      patiently(deps.config.retry, signal, () => open(deps, input)),
    );
}

async function open(deps: Deps, input: BackfillInput): Promise<BackfillRun> {
  const { backfill } = publicConfig(deps.config).settings;
  // The workflow has refused types that there are not.
  const type = (input.type ?? 'ingest') as WorkflowType;
  const by = divisionOf(type, input);
  rangeOf(input.from, input.to);
  const template = input.template ?? backfill.template;
  if (OF_SOURCES.has(type) && by === 'date') parseTemplate(template);
  const source = OF_SOURCES.has(type) && by !== 'list' ? resolveSource(deps.config, input.source) : undefined;
  if (source) await deps.store(source.root).check();
  const scope = source?.name ?? scopeOf(type, by, input);
  const parallel = source !== undefined || type === 'preprocess' ? backfill.concurrency : 1;
  const lease = source?.name ?? (type === 'preprocess' ? 'stage:preprocess' : `backfill:${type}:${scope}`);
  const run: BackfillRun = {
    ...runBase(deps, {
      type: 'backfill',
      source: source?.name,
      concurrency: input.concurrency ?? parallel,
      lease,
    }),
    partitionType: type,
    by,
    scope,
    sourceRoot: source?.root,
    template,
    maxFailures: input.maxFailures ?? backfill.maxFailures,
    partitionsAPass: PARTITIONS_A_PASS,
  };
  return input.dryRun ? run : beginRun(deps, run);
}

/** How the input is divided. @throws CxrError BAD_INPUT for what a type cannot be divided by */
export function divisionOf(type: string, input: BackfillInput): BackfillRun['by'] {
  const { partitions, from, to, template } = input;
  const dated = from !== undefined || to !== undefined || template !== undefined;
  if (partitions !== undefined) {
    if (dated || input.by !== undefined)
      throw new CxrError('BAD_INPUT', 'partitions: given as a list, there is no by, from, to or template');
    return 'list';
  }
  const by = input.by ?? (dated ? 'date' : 'folder');
  if (by === 'folder' && dated)
    throw new CxrError('BAD_INPUT', 'by: folder has no from, to or template; by: date has');
  if (OF_SOURCES.has(type)) return by;
  if (template !== undefined)
    throw new CxrError('BAD_INPUT', `template: of ingest and extract; ${type} takes {date} in its input`);
  if (type === 'preprocess') {
    if (input.source !== undefined)
      throw new CxrError('BAD_INPUT', 'source: preprocess is divided by the containers of the catalog');
    return 'folder';
  }
  if (by === 'folder')
    throw new CxrError(
      'BAD_INPUT',
      `by: ${type} has no folders to be divided by; give from and to, or a list of partitions`,
    );
  if (from === undefined || to === undefined)
    throw new CxrError('BAD_INPUT', `${from === undefined ? 'from' : 'to'}: ${type} needs both ends`);
  return by;
}

/** Backfills of one type with the same common input are about the same partitions. */
function scopeOf(type: string, by: BackfillRun['by'], { source, input = {} }: BackfillInput): string {
  if (type === 'preprocess') return 'containers';
  const hash = createHash('sha256').update(JSON.stringify([source ?? null, canonical(input)]));
  return `${by}-${hash.digest('hex').slice(0, 16)}`;
}

/** The same text for the same content, whatever the order of its fields. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_, node: unknown) =>
    typeof node === 'object' && node !== null && !Array.isArray(node)
      ? Object.fromEntries(Object.entries(node).sort(([a], [b]) => (a < b ? -1 : 1)))
      : node,
  );
}
