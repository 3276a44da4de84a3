import { defineSearchAttributeKey } from '@temporalio/common';
import {
  ApplicationFailure,
  CancelledFailure,
  condition,
  defineQuery,
  defineUpdate,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
} from '@temporalio/workflow';
import type { RunBase } from '../activities/api/run.js';
import type { Counts, Halt, ListingState } from '../activities/api.js';
import { ERRORS, type ErrorCode } from '../errors.js';
import { concurrencyError, type Pause, type RunControl } from './control.js';

/** The answer to the query `progress` of every workflow type. */
export interface Progress {
  readonly type: string;
  readonly state: 'starting' | 'running' | 'paused' | 'waiting' | 'finishing';
  readonly source?: string | undefined;
  readonly paused?: Pause | undefined;
  /** Why it waits without anyone having to act: the hours of the day, the pace. */
  readonly waiting?: string | undefined;
  readonly counts: Counts;
  readonly stored?: number;
  readonly suboptimal?: number;
  readonly review?: number;
  readonly listing?: ListingState | undefined;
  readonly shards?: { readonly done: number; readonly running: number };
  /** What else a run of this type can tell, by name. */
  readonly facts?: Readonly<Record<string, string | number>>;
  /** Lines that are shown as they are: the partitions of a backfill. */
  readonly grid?: readonly string[];
  readonly concurrency: number;
}

export const progressQuery = defineQuery<Progress>('progress');
export const pauseUpdate = defineUpdate<Pause, [{ reason?: string } | undefined]>('pause');
export const resumeUpdate = defineUpdate<{ was: Pause | undefined }, []>('resume');
export const setConcurrencyUpdate = defineUpdate<{ concurrency: number }, [{ n: number }]>('setConcurrency');

const MAX_REASON = 200;

/**
 * Registers the query and the three updates of every workflow type.
 * @param onResume told why the run had been paused, so that a spent failure budget is renewed
 */
export function steer(
  control: RunControl,
  progress: () => Progress,
  onResume: (was: Pause) => void = () => {},
): void {
  setHandler(progressQuery, progress, { description: 'How far the run is, and why it waits if it does' });
  setHandler(
    pauseUpdate,
    (input) => {
      control.pause('PAUSED', (input?.reason ?? 'paused by hand').slice(0, MAX_REASON), Date.now());
      return control.paused as Pause;
    },
    { description: 'Starts nothing new until resume; what is running ends. {reason}' },
  );
  setHandler(
    resumeUpdate,
    () => {
      const was = control.resume();
      if (was) onResume(was);
      return { was };
    },
    { description: 'Goes on after a pause' },
  );
  setHandler(
    setConcurrencyUpdate,
    ({ n }) => {
      control.setConcurrency(n);
      return { concurrency: n };
    },
    {
      description: 'How many shards at once. {n}',
      validator: (input) => {
        const error = concurrencyError((input as { n?: unknown } | undefined)?.n);
        if (error) throw ApplicationFailure.nonRetryable(error, 'BAD_INPUT');
      },
    },
  );
}

/** Waits while the run is paused. */
export async function whenRunning(control: RunControl): Promise<void> {
  if (control.paused) await condition(() => control.paused === undefined);
}

const SOURCE = defineSearchAttributeKey('CxrSource', 'KEYWORD');
const STAGE = defineSearchAttributeKey('CxrStage', 'KEYWORD');
const VERSION = defineSearchAttributeKey('CxrDatasetVersion', 'KEYWORD');

/** Tells lists of runs which source and stage this is, where the namespace knows the attributes. */
export function label(run: RunBase, stage: string, version?: string): void {
  if (!run.searchAttributes) return;
  upsertSearchAttributes([
    { key: STAGE, value: stage },
    ...(run.source === undefined ? [] : [{ key: SOURCE, value: run.source }]),
    ...(version === undefined ? [] : [{ key: VERSION, value: version }]),
  ]);
}

/** What the Web UI shows at the head of a run. */
export function showDetails(p: Progress): void {
  const { found, done, skipped, ignored, quarantined } = p.counts;
  const lines = [
    `**${p.type}**${p.source ? ` of \`${p.source}\`` : ''}: ${p.state}`,
    p.paused
      ? `\n> **${p.paused.code}** since ${p.paused.since}: ${p.paused.message}\n>\n> Send the update \`resume\` to go on.`
      : '',
    p.waiting ? `\n> ${p.waiting}` : '',
    '\n| found | done | skipped | ignored | quarantined | suboptimal | review |',
    '| --- | --- | --- | --- | --- | --- | --- |',
    `| ${found} | ${done} | ${skipped} | ${ignored} | ${quarantined} | ${p.suboptimal ?? 0} | ${p.review ?? 0} |`,
    p.shards ? `\nShards: ${p.shards.done} done, ${p.shards.running} running, ${p.concurrency} at once.` : '',
    ...Object.entries(p.facts ?? {}).map(([name, value]) => `\n- ${name}: ${value}`),
    p.grid && p.grid.length > 0 ? ['', '```', ...p.grid, '```'].join('\n') : '',
    p.listing
      ? `Listing: ${p.listing.state}, ${p.listing.found} files, ${p.listing.unchanged} known, ${p.listing.waiting} too young.`
      : '',
  ];
  setCurrentDetails(lines.filter((line) => line !== '').join('\n'));
}

/** Code and message of what ended a step; undefined for a cancellation. */
export function causeOf(error: unknown): Halt | undefined {
  for (let e: unknown = error; e instanceof Error; e = e.cause) {
    if (e instanceof CancelledFailure) return undefined;
    if (e instanceof ApplicationFailure) return { code: e.type ?? 'UNEXPECTED', message: e.message };
    if (e.name === 'TimeoutFailure') return { code: 'TIMED_OUT', message: 'A step did not end in its time' };
  }
  return undefined;
}

/** Errors that a person or a mended world can get past; what a user asked for wrongly is not among them. */
export function asHalt(error: unknown): Halt | undefined {
  const cause = causeOf(error);
  const input = cause && cause.code in ERRORS && ERRORS[cause.code as ErrorCode].kind === 'input';
  return input ? undefined : cause;
}
