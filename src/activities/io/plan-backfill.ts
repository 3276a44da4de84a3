import { WorkflowNotFoundError } from '@temporalio/client';
import { type Known, knownPartitions, type PlannedPartition, writePlan } from '../../catalog/backfill.js';
import { base64 } from '../../catalog/batch.js';
import type { PartitionState } from '../../catalog/tables/backfill.js';
import type { BackfillInput, BackfillIoActivities, BackfillRun, Plan } from '../api/backfill.js';
import { beating } from '../beat.js';
import type { Deps } from '../deps.js';
import { each } from '../each.js';
import { patiently } from '../patience.js';
import { type Partition, partitionsOf } from './backfill/partitions.js';

const ASKED_AT_ONCE = 8;
/** Beyond it nobody sees a grid, and it would travel with every continue-as-new. */
const GRID_MOST = 10_000;
const ROW = 50;
const LISTED = 1_000;

/** Finds the partitions, looks up what became of each before, and writes which of them run now, in which order. */
export function planBackfill(deps: Deps): BackfillIoActivities['planBackfill'] {
  return ({ run, input }) =>
    beating<Plan, undefined>((_, signal) =>
      patiently(run.retry, signal, () => plan(deps, run, input, signal)),
    );
}

async function plan(deps: Deps, run: BackfillRun, input: BackfillInput, signal: AbortSignal): Promise<Plan> {
  const { catalog } = deps;
  const scope = { type: run.partitionType, scope: run.scope };
  const found = await partitionsOf(deps, run, input, signal);
  const known = new Map((await knownPartitions(catalog.db, scope)).map((one) => [one.key, one]));
  const states = await each(found, ASKED_AT_ONCE, (one) => stateOf(deps, one, known.get(one.key)));
  const planned = found.map((one, i): PlannedPartition => {
    const state = states[i] as PartitionState;
    return { ...one, state, selected: isWanted(state, input.only ?? 'missing') };
  });
  if (!input.dryRun)
    await catalog.transaction((trx) => writePlan(trx, { ...scope, runId: run.runId }, planned));
  return view(run, planned, input.dryRun === true);
}

/** What is known of a partition: nothing where it is another one under the same key. */
async function stateOf(
  deps: Deps,
  { specHash }: Partition,
  known: Known | undefined,
): Promise<PartitionState> {
  if (known === undefined) return 'missing';
  if (known.state !== 'running') return known.specHash === specHash ? known.state : 'missing';
  // Begun by a backfill that did not see its end; or by this one, when the plan is made again.
  return (await isRunning(deps, known.workflowId)) ? 'running' : 'missing';
}

async function isRunning({ temporal }: Deps, workflowId: string | null): Promise<boolean> {
  if (workflowId === null) return false;
  try {
    return (await temporal.workflow.getHandle(workflowId).describe()).status.name === 'RUNNING';
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}

function isWanted(state: PartitionState, only: NonNullable<BackfillInput['only']>): boolean {
  if (state === 'running') return false;
  if (only === 'all') return true;
  return only === 'failed' ? state === 'failed' : state === 'missing' || state === 'cancelled';
}

const SIGN: Readonly<Record<PartitionState, string>> = {
  missing: 'm',
  running: 'r',
  done: 'd',
  failed: 'f',
  cancelled: 'c',
};

function view(run: BackfillRun, planned: readonly PlannedPartition[], dryRun: boolean): Plan {
  const left = { missing: 0, running: 0, done: 0, failed: 0, cancelled: 0 };
  for (const { state, selected } of planned) if (!selected) left[state] += 1;
  const drawn = planned.length <= GRID_MOST ? planned : [];
  return {
    total: planned.length,
    selected: planned.filter(({ selected }) => selected).length,
    left,
    grid: drawn.map(({ state, selected }) => (selected ? 'w' : SIGN[state])).join(''),
    rows: rowsOf(run, drawn),
    ...(dryRun && {
      list: planned.slice(0, LISTED).map(({ key, state, selected, sealedSpec }) => ({
        key,
        state,
        run: selected,
        ...(sealedSpec !== undefined && { sealed: base64(sealedSpec) }),
      })),
    }),
  };
}

/** Days in a line a month, months in a line a year; other partitions by fifties. */
function rowsOf(run: BackfillRun, planned: readonly PlannedPartition[]): Plan['rows'] {
  const rows: { label: string; count: number }[] = [];
  for (const [i, { key }] of planned.entries()) {
    const label =
      run.by === 'date' && key.length > 4 ? key.slice(0, key.lastIndexOf('-')) : String(i - (i % ROW) + 1);
    const row = rows.at(-1);
    if (row?.label === label) row.count += 1;
    else rows.push({ label, count: 1 });
  }
  return rows;
}
