import { ApplicationFailure } from '@temporalio/workflow';
import type { BackfillInput } from '../activities/api/backfill.js';
import type { Counts } from '../activities/api.js';
import { checkInput, isKnownType } from './input.js';

/** What would fail every child fails the backfill, at once. */
export function checkChildren({ type = 'ingest', source, input = {}, partitions = [] }: BackfillInput): void {
  if (!isKnownType(type) || type === 'backfill')
    throw ApplicationFailure.nonRetryable(
      `type: there is no ${type.slice(0, 60)} to run for each partition`,
      'BAD_INPUT',
    );
  const shared = { ...input, ...(source !== undefined && type !== 'preprocess' && { source }) };
  if ('partition' in shared)
    throw ApplicationFailure.nonRetryable('input.partition: the backfill gives it', 'BAD_INPUT');
  checkInput(type, OF_PARTS.has(type) ? shared : filledIn(shared));
  for (const { input: own } of partitions) if (own !== undefined) checkInput(type, { ...shared, ...own });
}

/** Types that are given a part of their source, or a container; all others find the date in their input. */
const OF_PARTS: ReadonlySet<string> = new Set(['ingest', 'extract', 'preprocess']);
const EXAMPLE: Readonly<Record<string, string>> = {
  ...{ '{yyyy}': '2024', '{MM}': '01', '{dd}': '02' },
  ...{ '{date}': '2024-01-02', '{next}': '2024-01-03', '{key}': '2024-01-02' },
};

/** An input as one of its partitions would have it: `v{yyyy}.{MM}` is no version, `v2024.01` is. */
function filledIn(value: unknown): unknown {
  if (typeof value === 'string')
    return value.replace(/\{(yyyy|MM|dd|date|next|key)\}/g, (place) => EXAMPLE[place] ?? place);
  if (Array.isArray(value)) return value.map(filledIn);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, filledIn(one)]));
}

const COUNTS = ['found', 'done', 'skipped', 'ignored', 'quarantined'] as const;

/** What a run of any type counted. */
export function countsOf(result: unknown): Counts {
  const of = (name: string) => Number((result as Readonly<Record<string, unknown>> | null)?.[name] ?? 0) || 0;
  return {
    found: of('found'),
    done: of('done'),
    skipped: of('skipped'),
    ignored: of('ignored'),
    quarantined: of('quarantined'),
  };
}

export function add(a: Counts, b: Counts): Counts {
  return Object.fromEntries(COUNTS.map((name) => [name, a[name] + b[name]])) as unknown as Counts;
}
