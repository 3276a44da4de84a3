import { randomBytes } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { isAbsolute, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Client,
  WorkflowExecutionAlreadyStartedError,
  type WorkflowHandle,
  WorkflowNotFoundError,
} from '@temporalio/client';
import type { Counts } from '../activities/api.js';
import { hasCredentials } from '../config/credentials.js';
import { CxrError } from '../errors.js';
import { fileUri } from '../storage/open.js';
import type { RetrainResult } from '../workflows/feedbackRetrain.js';
import type { SimulationResult } from '../workflows/onlineSimulation.js';
import type { Progress } from '../workflows/steer.js';
import { processed, split } from './dataset/accounting.js';
import { failureOf } from './failure.js';
import { retrained, simulated } from './loop-accounting.js';
import { EXIT, note } from './output.js';
import { progress as bar } from './progress.js';

const LOOK_MS = 500;

/** What every finished run says, and whatever else its type adds. */
export type RunResult = Counts &
  Readonly<Record<string, unknown>> & { readonly workflowId: string; readonly runId: string };

/**
 * Starts a run. A folder given where a URI is wanted is made the URI that it means.
 * @throws CxrError CREDENTIALS_IN_URL: the workflow would refuse it too, but its history would keep the URL; RUN_EXISTS
 */
export async function startRun(
  client: Client,
  type: string,
  input: Readonly<Record<string, unknown>>,
  id: string | undefined,
): Promise<WorkflowHandle> {
  const field = Object.keys(input).find((key) => carriesCredentials(input[key]));
  if (field !== undefined) throw new CxrError('CREDENTIALS_IN_URL', field);
  const workflowId = id ?? `${type}-${timestamp()}-${randomBytes(3).toString('hex')}`;
  try {
    return await client.workflow.start(type, { taskQueue: 'cxrflow', workflowId, args: [withUris(input)] });
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) throw new CxrError('RUN_EXISTS', workflowId);
    throw error;
  }
}

/** Fields that take the URI of a folder or file. */
const URIS = new Set([
  'source',
  'destination',
  'boxes',
  'images',
  'patients',
  'sizes',
  'dataset',
  'feedback',
]);

function withUris(input: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(input).map(([field, value]) => {
      // Of a backfill: what the run of each partition is given.
      const inner = field === 'input' && typeof value === 'object' && value !== null;
      return [field, inner ? withUris(value as Readonly<Record<string, unknown>>) : asUri(field, value)];
    }),
  );
}

function asUri(field: string, value: unknown): unknown {
  // A file; workers have another folder to begin from.
  if (field === 'query' && typeof value === 'string') return resolve(value);
  if (!URIS.has(field) || typeof value !== 'string') return value;
  if (!isAbsolute(value) && !/^\.{1,2}(\/|$)/.test(value)) return value;
  // Places that a backfill fills in stay what they are.
  return fileUri(resolve(value)).replace(/%7B(yyyy|MM|dd|date|next|key)%7D/g, '{$1}');
}

function carriesCredentials(value: unknown): boolean {
  if (typeof value === 'string') return hasCredentials(value);
  return typeof value === 'object' && value !== null && Object.values(value).some(carriesCredentials);
}

function timestamp(): string {
  return new Date().toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '-');
}

/** How a run was left: with its result, or paused. */
export type Followed = { readonly result: RunResult } | { readonly paused: NonNullable<Progress['paused']> };

/**
 * Shows progress until the run ends or waits for a person.
 * @throws CxrError what the run failed with
 */
export async function follow(handle: WorkflowHandle, type: string): Promise<Followed> {
  const shown = bar(type);
  const over = new AbortController();
  // Else the waiting request would keep this process for as long as the server lets it wait.
  const left = new AbortController();
  // The client asks anew every minute and takes no listener away.
  setMaxListeners(0, left.signal);
  const ended = handle.client.withAbortSignal(left.signal, () => handle.result()).finally(() => over.abort());
  ended.catch(() => {});
  while (!over.signal.aborted) {
    const now = await progressOf(handle);
    if (now?.paused) {
      shown.finish(`${type}  paused`);
      left.abort();
      return { paused: now.paused };
    }
    if (now) {
      const done = decided(now);
      // Members of archives are found when they are opened, behind the listing.
      const listed = now.listing?.state === 'done' ? now.listing.found : 0;
      // Other types know their total from their start.
      const total = Math.max(listed, now.listing ? 0 : now.counts.found);
      shown.update(done, total > 0 ? Math.max(total, done) : undefined, describe(now));
    }
    await sleep(LOOK_MS, undefined, { signal: over.signal }).catch(() => {});
  }
  try {
    const result = (await ended) as Counts & Record<string, unknown>;
    const { runId } = await handle.describe();
    shown.finish();
    return { result: { ...result, workflowId: handle.workflowId, runId } };
  } catch (error) {
    shown.finish();
    throw failureOf(error);
  }
}

/** Files that have their outcome. */
export function decided({ counts }: Progress): number {
  return counts.done + counts.skipped + counts.ignored + counts.quarantined;
}

function describe({ counts, waiting, stored, suboptimal, facts = {} }: Progress): string {
  if (waiting) return waiting;
  // Of a retraining, whose files are counted at its beginning.
  if (facts.step)
    return facts.step === 'train' && facts.epoch ? `train, epoch ${facts.epoch}` : String(facts.step);
  const parts = [stored === undefined ? `${counts.done} done` : `${stored} stored`];
  if (suboptimal) parts.push(`${suboptimal} suboptimal`);
  if (counts.quarantined) parts.push(`${counts.quarantined} quarantined`);
  return parts.join(', ');
}

/** Undefined while a run is too young to be asked, or when it has just ended. */
export async function progressOf(handle: WorkflowHandle): Promise<Progress | undefined> {
  try {
    return await handle.query<Progress>('progress');
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) throw new CxrError('NO_SUCH_RUN', handle.workflowId);
    return undefined;
  }
}

/** The exit status that a followed run deserves, and what a person is told on stderr. */
export function settle(followed: Followed, workflowId: string): number {
  if ('paused' in followed) {
    const { code, message, since } = followed.paused;
    note(`Paused since ${since}: ${code}: ${message}`);
    note(`  cxrflow resume ${workflowId}   (or cancel)`);
    return EXIT.paused;
  }
  const { quarantined, items } = followed.result;
  // Of a backfill: partitions that failed, and what went to quarantine in those that did not.
  const within = (items as Counts | undefined)?.quarantined ?? 0;
  return quarantined + within > 0 ? EXIT.quarantined : EXIT.done;
}

/** The numbers of a finished run, in words. */
export function accounting(result: RunResult): string {
  const { found, done, skipped, ignored, quarantined, stored, suboptimal, review, seconds, waiting } = result;
  const young = Number(waiting ?? 0);
  if ('applied' in result) return annotated(result);
  if ('decision' in result) return retrained(result as unknown as RetrainResult);
  if ('latency' in result) return simulated(result as unknown as SimulationResult);
  if ('preflight' in result) return processed(result);
  if ('dataYaml' in result) return split(result);
  if ('partitions' in result) return partitioned(result);
  if ('csv' in result) return exported(result);
  return [
    `  found        ${found}`,
    `  done         ${done}   stored ${stored ?? done}, of them ${suboptimal ?? 0} suboptimal and ${review ?? 0} held for review`,
    `  skipped      ${skipped}   known, duplicates, or not what was asked for`,
    `  ignored      ${ignored}   not DICOM`,
    `  quarantined  ${quarantined}${quarantined > 0 ? '   see `cxrflow quarantine list`' : ''}`,
    ...(young > 0 ? [`  left out     ${young}   younger than ingest.minAge; the next run takes them`] : []),
    ...(seconds === undefined ? [] : [`  seconds      ${seconds}`]),
  ].join('\n');
}

/** Of `backfill`: what is counted are partitions. */
function partitioned(result: RunResult): string {
  const { found, done, skipped, quarantined, seconds } = result;
  const items = result.items as Counts;
  return [
    `  partitions   ${found}`,
    `  done         ${done}   ${items.found} items found, ${items.done} done, ${items.skipped} skipped, ${items.quarantined} quarantined${items.quarantined > 0 ? ' (`cxrflow quarantine list`)' : ''}`,
    `  skipped      ${skipped}   done before, running elsewhere, cancelled, or not asked for`,
    `  failed       ${quarantined}${quarantined > 0 ? '   `cxrflow backfill … --only failed` runs them again' : ''}`,
    ...(seconds === undefined ? [] : [`  seconds      ${seconds}`]),
  ].join('\n');
}

/** Of `pacsExport`, which tells its phases itself. */
function exported({ summary, csv, failed, sample }: RunResult): string {
  return [
    ...(summary as readonly string[]).map((line) => `  ${line}`),
    `  dataset      ${String(csv).replace(/[^/]+$/, '')}`,
    ...(Number(failed) > 0 ? [`  failed       ${failed}   errors.csv there says why, and what helps`] : []),
    ...(sample ? [`  to be read   ${sample}   by a person, before the dataset is passed on`] : []),
  ].join('\n');
}

/** Of `annotations`: what is counted are records. */
function annotated(result: RunResult): string {
  const { found, done, skipped, ignored, quarantined, files, waiting, seconds } = result;
  return [
    `  files        ${files}   new or changed`,
    `  found        ${found}   records`,
    `  applied      ${done}`,
    `  skipped      ${skipped}   known before, or said twice`,
    `  ignored      ${ignored}   files that hold no annotations`,
    `  quarantined  ${quarantined}${quarantined > 0 ? '   see `cxrflow quarantine list`' : ''}`,
    ...(Number(waiting) > 0
      ? [`  left out     ${waiting}   files that may still be written; the next run takes them`]
      : []),
    ...(seconds === undefined ? [] : [`  seconds      ${seconds}`]),
  ].join('\n');
}
