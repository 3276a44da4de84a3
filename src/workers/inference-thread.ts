/** Entry of the thread that holds the sessions of models. */
import { workerData } from 'node:worker_threads';
import type { OpenedSession } from '../activities/deps.js';
import type { Settings } from '../config/schema.js';
import { CxrError } from '../errors.js';
import { type ImageModel, openModel } from '../models/open-model.js';
import type { Declared, Prediction, Prepared, Some, Thresholds } from '../models/types.js';
import { threadTask } from './thread-task.js';

export type InferenceTask =
  | { readonly do: 'open'; readonly session: number; readonly bytes: Uint8Array; readonly declared: Declared }
  | {
      readonly do: 'infer';
      readonly session: number;
      readonly prepared: readonly Prepared[];
      readonly thresholds: Some<Thresholds> | undefined;
    }
  | { readonly do: 'release'; readonly session: number };

export type InferenceResult = OpenedSession | readonly Prediction[] | undefined;

const { device, threads } = workerData as Settings['models'];
const open = new Map<number, ImageModel>();

export default threadTask(async (task: InferenceTask): Promise<InferenceResult> => {
  const { session } = task;
  if (task.do === 'open') {
    const model = await openModel(task.bytes, task.declared, { device, threads });
    open.set(session, model);
    const { sha256, declaration, provider, batch, plan } = model;
    return { session, sha256, declaration, provider, batch, plan };
  }
  const model = open.get(session);
  if (task.do === 'release') {
    open.delete(session);
    await model?.close();
    return undefined;
  }
  // The thread was replaced since: its sessions went with it.
  if (!model) throw new CxrError('SESSION_LOST');
  return model.infer(task.prepared, task.thresholds);
});
