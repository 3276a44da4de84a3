import { opendir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Bytes of all files below a folder that somebody is writing to: what vanishes meanwhile counts nothing. */
export async function folderSize(folder: string): Promise<number> {
  let bytes = 0;
  try {
    for await (const entry of await opendir(folder)) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) bytes += await folderSize(path);
      else if (entry.isFile()) bytes += (await stat(path)).size;
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  return bytes;
}
