import { setTimeout as sleep } from 'node:timers/promises';
import { lockFolder, type Unlock } from '../catalog/engines/lock.js';
import { CxrError } from '../errors.js';

const ASK_EVERY_MS = 100;

/**
 * Takes a folder for this process, waiting for who has it.
 *
 * @param limit milliseconds
 * @param onWait called once when it has to wait
 * @throws CxrError DATA_IN_USE when another process still has it after `limit`
 */
export async function waitForLock(folder: string, limit: number, onWait?: () => void): Promise<Unlock> {
  const until = Date.now() + limit;
  for (let asked = false; ; asked = true) {
    try {
      return lockFolder(folder);
    } catch (error) {
      if (!(error instanceof CxrError) || error.code !== 'DATA_IN_USE' || Date.now() >= until) throw error;
    }
    if (!asked) onWait?.();
    await sleep(ASK_EVERY_MS);
  }
}
