import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { cacheFolder } from '../../../src/server/temporal-cli.js';

/** @throws when it is neither on the PATH nor in the cache, saying how to get it */
export function binary(name: string): string {
  const folders = [cacheFolder(process.env), ...(process.env.PATH ?? '').split(delimiter)];
  const found = folders.map((folder) => join(folder, name)).find(isProgram);
  if (found === undefined) throw new Error(`no ${name}: run "node scripts/test-servers.mjs" (needs Go)`);
  return found;
}

export function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
