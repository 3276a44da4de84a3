import { isCxrError } from '../../errors.js';
import type { ObjectStore } from '../../storage/port.js';
import type { RunBase } from '../api/run.js';

/** Where the runs of the loop keep what is not published yet, below the staging prefix of each. */
export const loopStaged = {
  order: ({ staging }: RunBase) => `${staging}order.jsonl`,
  parts: ({ staging }: RunBase) => `${staging}parts/`,
  part: ({ staging }: RunBase, part: number) => `${staging}parts/${String(part).padStart(6, '0')}.json`,
  selection: ({ staging }: RunBase) => `${staging}selection.jsonl`,
  version: ({ staging }: RunBase) => `${staging}version.json`,
  checkpoint: ({ staging }: RunBase) => `${staging}checkpoint.json`,
  checkpoints: ({ staging }: RunBase) => `${staging}checkpoints/`,
  model: ({ staging }: RunBase) => `${staging}model.onnx`,
};

/** Undefined where there is none. */
export async function readJson<T>(store: ObjectStore, key: string): Promise<T | undefined> {
  try {
    return JSON.parse((await store.read(key)).toString('utf8')) as T;
  } catch (error) {
    if (isCxrError(error) && error.code === 'NOT_FOUND') return undefined;
    throw error;
  }
}

export async function writeJson(store: ObjectStore, key: string, value: unknown): Promise<void> {
  await store.write(key, Buffer.from(`${JSON.stringify(value, null, 2)}\n`), {
    contentType: 'application/json',
  });
}
