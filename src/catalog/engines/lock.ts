import { spawnSync } from 'node:child_process';
import { closeSync, constants, ftruncateSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { CxrError } from '../../errors.js';

/** Lets go of a folder. */
export type Unlock = () => void;

/** open(2) of macOS and the BSDs takes the lock itself. */
const O_EXLOCK = 0x20;
const FLOCK_BUSY = 75;

/**
 * Takes a folder for this process alone, by a kernel lock on `<folder>/<name>`; the kernel lets go when the
 * process ends, however it ends, so no stale lock exists and no process id has to be judged.
 *
 * Node has no flock(2). On Linux a lock belongs to the open file description, which a child shares: `flock`
 * (util-linux, busybox) run for a moment on our descriptor leaves the lock with us. On macOS open(2) takes
 * O_EXLOCK. The text in the file, our process id, is only for people.
 *
 * @throws CxrError DATA_IN_USE when another process has it, CATALOG_LOCK when locks cannot be had here
 */
export function lockFolder(folder: string, name = 'lock'): Unlock {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, name);
  const fd = process.platform === 'linux' ? lockByChild(path) : lockByOpen(path);
  ftruncateSync(fd);
  writeSync(fd, `${process.pid}\n`, 0);
  return () => closeSync(fd);
}

function lockByChild(path: string): number {
  const fd = openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600);
  const { status } = spawnSync('flock', ['-n', '-x', '-E', String(FLOCK_BUSY), '3'], {
    stdio: ['ignore', 'ignore', 'ignore', fd],
  });
  if (status === 0) return fd;
  closeSync(fd);
  // busybox knows no -E and says 1, as util-linux does without it.
  if (status === FLOCK_BUSY || status === 1) throw inUse(path);
  throw new CxrError('CATALOG_LOCK', status === null ? 'no flock command' : `flock said ${status}`);
}

function lockByOpen(path: string): number {
  try {
    return openSync(path, constants.O_RDWR | constants.O_CREAT | O_EXLOCK | constants.O_NONBLOCK, 0o600);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EAGAIN' || code === 'EWOULDBLOCK') throw inUse(path);
    throw new CxrError('CATALOG_LOCK', code);
  }
}

function inUse(path: string): CxrError {
  const pid = /^\d+/.exec(readFileSync(path, 'utf8'))?.[0];
  return new CxrError('DATA_IN_USE', pid && `process ${pid}`);
}
