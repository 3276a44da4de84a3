import type { TrainingProgress } from './trainer.js';

/** A line that an external trainer printed, as far as it means something. */
export type TrainerLine =
  | ({ readonly type: 'progress' } & TrainingProgress)
  /** A file or folder in the output folder, written whole, from which a training can go on. */
  | { readonly type: 'checkpoint'; readonly path: string; readonly progress: TrainingProgress | undefined }
  | { readonly type: 'result'; readonly model: string; readonly metrics: Readonly<Record<string, number>> }
  /** For the log of the trainer only: text of others never enters a history. */
  | { readonly type: 'log' };

const METRIC = /^[A-Za-z0-9_./()@-]{1,40}$/;
const MAX_METRICS = 32;

/** Reads one line of a trainer; undefined for anything that is no line of the protocol. */
export function readTrainerLine(line: string): TrainerLine | undefined {
  if (!line.startsWith('{')) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined; // Programs print what they like; the caller counts it.
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { type, path, model, epoch, epochs, metrics } = value as Record<string, unknown>;
  const progress = { epoch: count(epoch), epochs: count(epochs), metrics: numbers(metrics) };
  switch (type) {
    case 'progress':
      return { type, ...progress };
    case 'checkpoint':
      if (typeof path !== 'string' || path === '') return undefined;
      return { type, path, progress: epoch === undefined ? undefined : progress };
    case 'result':
      if (model !== undefined && typeof model !== 'string') return undefined;
      return { type, model: model || 'model.onnx', metrics: progress.metrics };
    case 'log':
      return { type };
    default:
      return undefined;
  }
}

function count(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : 0;
}

/** Finite numbers under plain names; a name may not smuggle text into a history. */
function numbers(value: unknown): Record<string, number> {
  if (typeof value !== 'object' || value === null) return {};
  return Object.fromEntries(
    Object.entries(value)
      .filter((e): e is [string, number] => METRIC.test(e[0]) && Number.isFinite(e[1]))
      .slice(0, MAX_METRICS),
  );
}
