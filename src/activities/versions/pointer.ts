import type { ObjectStore } from '../../storage/port.js';

/** Beside the versions, for readers without the catalog: which one is current. */
export const POINTER = 'current.json';

/** The catalog says which version is current; this says it after it. @param folder of the versions, ending with `/` */
export async function writePointer(store: ObjectStore, folder: string, version: string): Promise<void> {
  await store.write(`${folder}${POINTER}`, Buffer.from(`${JSON.stringify({ version })}\n`), {
    contentType: 'application/json',
  });
}
