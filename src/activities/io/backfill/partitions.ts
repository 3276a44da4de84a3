import { createHash } from 'node:crypto';
import { list } from '../../../catalog/containers.js';
import { CxrError } from '../../../errors.js';
import { keyedHash } from '../../../privacy/keyed.js';
import { folderId, sealPath } from '../../../privacy/seal.js';
import type { BackfillInput, BackfillRun } from '../../api/backfill.js';
import type { Deps } from '../../deps.js';
import { canonical } from '../../main/open-backfill.js';
import { datesOf, rangeOf, touches } from './dates.js';
import { fillIn, stepOf } from './fill-in.js';
import { findDates, findFolders, type SourcePart } from './find.js';
import { parseTemplate } from './template.js';

/** One run of many, and the name that it keeps from backfill to backfill. */
export interface Partition {
  readonly key: string;
  /** Of the whole of it: another one under the same key was never done. */
  readonly specHash: string;
  readonly sealedSpec: Uint8Array | undefined;
  readonly input: Readonly<Record<string, unknown>>;
}

/** Lines of the grid and rows of the catalog stay within what a person can look at. */
const MOST = 100_000;

/**
 * The partitions of a backfill in their order, the first date or name first.
 * @throws CxrError BAD_INPUT, BACKFILL_EMPTY; of the source
 */
export async function partitionsOf(
  deps: Deps,
  run: BackfillRun,
  input: BackfillInput,
  signal: AbortSignal,
): Promise<readonly Partition[]> {
  const found = await find(deps, run, input, signal);
  if (found.length === 0) throw new CxrError('BACKFILL_EMPTY', emptyBecause(run, input));
  if (found.length > MOST)
    throw new CxrError('BAD_INPUT', `over ${MOST} partitions: narrow from and to, or take larger parts`);
  return input.reverse ? [...found].reverse() : found;
}

async function find(
  deps: Deps,
  run: BackfillRun,
  input: BackfillInput,
  signal: AbortSignal,
): Promise<readonly Partition[]> {
  if (run.by === 'list') return listed(input);
  if (run.sourceRoot !== undefined) return ofSource(deps, run, input, signal);
  if (run.partitionType === 'preprocess') return ofContainers(deps, input);
  return ofDates(run, input);
}

/** Parts of a source: its folders, or what its names put under a date. */
async function ofSource(
  { keyring: { pathKey }, store }: Deps,
  run: BackfillRun,
  input: BackfillInput,
  signal: AbortSignal,
): Promise<readonly Partition[]> {
  const source = store(run.sourceRoot ?? '');
  const name = run.source ?? '';
  const partition = (key: string, part: SourcePart): Partition => {
    const spec = Buffer.from(JSON.stringify(part));
    return {
      key,
      specHash: keyedHash(pathKey, 'partition', spec).toString('hex').slice(0, 32),
      sealedSpec: sealPath(pathKey, spec),
      input: { ...input.input, source: name, partition: key },
    };
  };
  if (run.by === 'date') {
    const range = rangeOf(input.from, input.to);
    const dates = await findDates(source, parseTemplate(run.template), range, signal);
    return [...dates].map(([date, part]) => partition(date, part));
  }
  const folders = await findFolders(source, signal);
  return folders.map((part) => partition(folderId(pathKey, name, part.prefixes[0] ?? ''), part));
}

/** The containers that the catalog has, by the day they were made. */
async function ofContainers({ catalog }: Deps, input: BackfillInput): Promise<readonly Partition[]> {
  const range = rangeOf(input.from, input.to);
  const found: Partition[] = [];
  for (let after: string | undefined = ''; after !== undefined; ) {
    const page: Awaited<ReturnType<typeof list>> = await list(catalog.db, { after, limit: 1_000 });
    for (const { name, kind, created_at } of page)
      if (kind === 'images' && touches(range, created_at.toISOString().slice(0, 10)))
        found.push(
          plain(name, { ...input.input, images: { ...(input.input?.images as object), container: name } }),
        );
    after = page.at(-1)?.name;
  }
  return found;
}

/** The common input with each date filled in. */
function ofDates(run: BackfillRun, input: BackfillInput): readonly Partition[] {
  const common = { ...input.input, ...(input.source !== undefined && { source: input.source }) };
  const step = stepOf(common);
  if (step === undefined)
    throw new CxrError(
      'BAD_INPUT',
      `input: every ${run.partitionType} would be the same; put {date}, {yyyy}, {MM} or {dd} where they differ`,
    );
  const found: Partition[] = [];
  for (const date of datesOf(rangeOf(input.from, input.to), step)) {
    found.push(plain(date, fillIn(common, date)));
    if (found.length > MOST) break;
  }
  return found;
}

function listed({ partitions = [], input, source }: BackfillInput): readonly Partition[] {
  const common = { ...input, ...(source !== undefined && { source }) };
  const found = partitions.map(({ key, input: own }) => {
    const whole = { ...common, ...own };
    return plain(key ?? `L${sha256(canonical(whole)).slice(0, 16)}`, whole);
  });
  const keys = new Set<string>();
  for (const { key } of found) {
    if (keys.has(key)) throw new CxrError('BAD_INPUT', `partitions: two are named ${key}, or are the same`);
    keys.add(key);
  }
  return found;
}

function plain(key: string, input: Readonly<Record<string, unknown>>): Partition {
  return { key, specHash: sha256(canonical(input)).slice(0, 32), sealedSpec: undefined, input };
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function emptyBecause(run: BackfillRun, { from, to }: BackfillInput): string {
  const range =
    from === undefined && to === undefined ? '' : ` from ${from ?? 'the first'} to ${to ?? 'the last'}`;
  if (run.by === 'list') return 'the list is empty';
  if (run.partitionType === 'preprocess') return `the catalog has no containers${range}`;
  return run.by === 'date'
    ? `the source has nothing that looks like ${run.template}${range}`
    : 'the source is empty';
}
