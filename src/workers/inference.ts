import type { Inference, OpenedSession } from '../activities/deps.js';
import type { Settings } from '../config/schema.js';
import type { Prediction } from '../models/types.js';
import type { InferenceResult, InferenceTask } from './inference-thread.js';
import { createPool, type Pool } from './pool.js';
import { threadUrl } from './thread-url.js';

/** A batch that takes longer than this never ends. */
const LONGEST_MS = 10 * 60_000;

/** One thread for all sessions: onnxruntime itself uses the cores, and two batches at once would only share them. */
export function createInference(settings: Settings['models']): Inference {
  let thread: Pool<InferenceTask, InferenceResult> | undefined;
  let sessions = 0;
  const run = (task: InferenceTask, transfer: ArrayBuffer[] = []) => {
    thread ??= createPool<InferenceTask, InferenceResult>({
      file: threadUrl(import.meta.url, './inference-thread.js'),
      threads: 1,
      workerData: settings,
      timeoutMs: LONGEST_MS,
    });
    return thread.run(task, { transfer });
  };
  return {
    open: async (bytes, declared) =>
      (await run({ do: 'open', session: ++sessions, bytes, declared })) as OpenedSession,
    infer: async (session, prepared, thresholds) => {
      const transfer = prepared.map(({ tensor }) => tensor.buffer as ArrayBuffer);
      return (await run({ do: 'infer', session, prepared, thresholds }, transfer)) as readonly Prediction[];
    },
    release: async (session) => {
      await run({ do: 'release', session });
    },
    close: async () => thread?.close(),
  };
}
