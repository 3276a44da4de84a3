import { Context } from '@temporalio/activity';
import { clearQuarantine, type LoopFile, settleFiles } from '../../../catalog/feedback.js';
import { CxrError } from '../../../errors.js';
import { lenientJson } from '../../../models/feedback/json.js';
import { feedbackJson } from '../../../models/feedback/write.js';
import type { Prepared } from '../../../models/types.js';
import { fileId, sealPath } from '../../../privacy/seal.js';
import type { LoopGpuActivities, Simulated, SimulationPart, SimulationRun } from '../../api/loop.js';
import { beating } from '../../beat.js';
import type { Deps } from '../../deps.js';
import type { ModelSession, ModelSessions } from '../../gpu/model-sessions.js';
import { patiently } from '../../patience.js';
import { readLines } from '../../staging.js';
import { findingsOf } from '../findings.js';
import { loopStaged, readJson, writeJson } from '../staged.js';
import type { Ordered } from './plan.js';

/** What a part measured, kept until the run is summed up. */
export interface Measured extends Simulated {
  readonly stage: number;
  readonly workers: number;
  readonly latencies: readonly number[];
  readonly errors: Readonly<Record<string, number>>;
}

/** Feedback that this part has written before it began again. */
interface Written {
  readonly ids: Set<string>;
  /** Milliseconds: feedback from then on is of an attempt of this part that died. */
  readonly since: number | undefined;
}

/** What became of one image: how long the model took, that it was there, or why it failed. */
type Asked =
  | { readonly outcome: 'done'; readonly ms?: number }
  | { readonly outcome: 'skipped' }
  | { readonly outcome: 'quarantined'; readonly code: string };

/** Sends images through the model, `workers` at a time, until the part's images or its time are over. */
export function simulate(deps: Deps, sessions: ModelSessions): LoopGpuActivities['simulate'] {
  return (part) => {
    // A store that breaks in the middle makes the part begin again, in this attempt or in another one.
    const { attempt, scheduledTimestampMs } = Context.current().info;
    const written: Written = { ids: new Set(), since: attempt > 1 ? scheduledTimestampMs : undefined };
    return beating<Simulated, undefined>((_, signal) =>
      patiently(part.run.retry, signal, async () => {
        const kept = loopStaged.part(part.run, part.part);
        const before = await readJson<Measured>(deps.objects, kept);
        if (before) return summaryOf(before);
        const model = await sessions.get(part.model);
        const items = await readLines<Ordered>(deps.objects, loopStaged.order(part.run));
        await warm(deps, model, part, items);
        const measured = await work(deps, model, part, items, written, signal);
        await writeJson(deps.objects, kept, measured);
        return summaryOf(measured);
      }),
    );
  };
}

/** Threads start with their first task, which would count as the model's slowness. */
async function warm(
  deps: Deps,
  model: ModelSession,
  { run, workers, from, part }: SimulationPart,
  items: readonly Ordered[],
): Promise<void> {
  const first = items[from];
  if (part > 0 || first === undefined) return;
  const once = async () => {
    const bytes = Uint8Array.from(await deps.store(run.dataset.root).read(first.key));
    await deps.pool.run('picture', { bytes, plan: model.plan });
  };
  // An image that cannot be read is told of when it is asked.
  await Promise.allSettled(Array.from({ length: workers }, once));
}

function summaryOf({ taken, done, skipped, quarantined, milliseconds }: Measured): Simulated {
  return { taken, done, skipped, quarantined, milliseconds };
}

async function work(
  deps: Deps,
  model: ModelSession,
  { run, stage, workers, from, limit, milliseconds }: SimulationPart,
  items: readonly Ordered[],
  written: Written,
  signal: AbortSignal,
): Promise<Measured> {
  const started = performance.now();
  const end = Math.min(items.length, from + limit);
  const latencies: number[] = [];
  const errors: Record<string, number> = {};
  const failures: LoopFile[] = [];
  const mended: string[] = [];
  const counts = { done: 0, skipped: 0, quarantined: 0 };
  let next = from;
  const lane = async () => {
    while (next < end && performance.now() - started < milliseconds) {
      signal.throwIfAborted();
      const item = items[next++] as Ordered;
      const asked = await ask(deps, model, run, item, written);
      counts[asked.outcome] += 1;
      if (asked.outcome === 'done' && asked.ms !== undefined) latencies.push(asked.ms);
      if (asked.outcome === 'quarantined') errors[asked.code] = (errors[asked.code] ?? 0) + 1;
      if (asked.outcome === 'quarantined') failures.push(failure(deps, run, item, asked.code));
      else if (asked.outcome === 'done') mended.push(idOf(deps, run, item));
    }
  };
  const lanes = await Promise.allSettled(Array.from({ length: workers }, lane));
  const failed = lanes.find((l) => l.status === 'rejected');
  if (failed) throw failed.reason;
  await deps.catalog.transaction(async (trx) => {
    await settleFiles(trx, run.runId, failures);
    await clearQuarantine(trx, mended);
  });
  const took = Math.round(performance.now() - started);
  return { stage, workers, taken: next - from, ...counts, milliseconds: took, latencies, errors };
}

/** One image: read, decoded, prepared, answered by the model; its feedback is written once. */
async function ask(
  deps: Deps,
  model: ModelSession,
  run: SimulationRun,
  { imageId, key }: Ordered,
  written: Written,
): Promise<Asked> {
  const feedback = deps.store(run.feedback);
  const name = `${imageId}.json`;
  const existing = (await feedback.stat(name)) ? await feedback.read(name) : undefined;
  const there = existing && (lenientJson(existing.toString('utf8')) as Record<string, unknown> | null);
  if (there?.model_version === run.model.model) {
    const before = written.since !== undefined && Date.parse(String(there.timestamp)) >= written.since;
    return { outcome: before || written.ids.has(imageId) ? 'done' : 'skipped' };
  }
  try {
    const started = performance.now();
    // Bytes of their own can move to the thread; a small read may share its buffer.
    const bytes = Uint8Array.from(await deps.store(run.dataset.root).read(key));
    const prepared = await deps.pool.run<Prepared>('picture', { bytes, plan: model.plan });
    const [prediction] = await model.infer([prepared]);
    if (prediction === undefined) throw new CxrError('MODEL_OUTPUT');
    const predictions = findingsOf(prediction, model.declaration);
    const ms = performance.now() - started;
    const json = feedbackJson({
      imageId,
      modelVersion: run.model.model,
      timestamp: new Date().toISOString(),
      predictions,
    });
    await feedback.write(name, Buffer.from(json), { contentType: 'application/json' });
    written.ids.add(imageId);
    return { outcome: 'done', ms };
  } catch (error) {
    if (error instanceof CxrError && error.kind === 'file')
      return { outcome: 'quarantined', code: error.code };
    throw error;
  }
}

const sourceOf = (run: SimulationRun): string => `onlineSimulation ${run.dataset.root}`;

const idOf = (deps: Deps, run: SimulationRun, { key }: Ordered): string =>
  fileId(deps.keyring.pathKey, sourceOf(run), key);

/** A failed image stands in quarantine until a later run has done it. */
function failure(deps: Deps, run: SimulationRun, item: Ordered, code: string): LoopFile {
  return {
    fileId: idOf(deps, run, item),
    source: sourceOf(run),
    sealedPath: sealPath(deps.keyring.pathKey, Buffer.from(item.key)),
    size: 0,
    version: run.dataset.hash,
    state: 'quarantined',
    code,
    reason: run.model.model,
    images: 0,
  };
}
