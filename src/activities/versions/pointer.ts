import type { ObjectStore } from '../../storage/port.js';

/** Beside the versions, for readers without the catalog: which one is current. */
const POINTER = 'current.json';

/** The catalog says which version is current; this says it after it. @param folder that the versions share */
export async function writePointer(folder: ObjectStore, version: string): Promise<void> {
  await folder.write(POINTER, Buffer.from(`${JSON.stringify({ version })}\n`), {
    contentType: 'application/json',
  });
}
