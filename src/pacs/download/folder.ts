import { constants } from 'node:fs';
import { open, realpath } from 'node:fs/promises';
import { isAbsolute, join, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CxrError } from '../../errors.js';
import type { Body } from './body.js';
import { Trouble } from './trouble.js';

const PIECE = 2 ** 20;

/**
 * A file of one of the configured folders into `body`. Links are followed first: what counts is where they lead.
 *
 * @param place a full path, a `file://` URL, or a path below one of the roots
 * @throws CxrError DOWNLOAD_REFUSED outside the roots, NOT_FOUND, UNREADABLE, and those of `body`; Trouble
 */
export async function readFolder(
  place: string,
  roots: readonly string[],
  body: Body,
  signal: AbortSignal,
): Promise<void> {
  const real = await within(pathOf(place), roots.map(pathOf));
  try {
    // Not blocking: opening a pipe would wait for its writer.
    const file = await open(real, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
    try {
      const stat = await file.stat();
      if (!stat.isFile()) throw new CxrError('UNREADABLE', 'not a file');
      body.expect(stat.size);
      for (;;) {
        signal.throwIfAborted();
        const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(PIECE), 0, PIECE);
        if (bytesRead === 0) return;
        body.add(buffer.subarray(0, bytesRead));
      }
    } finally {
      await file.close();
    }
  } catch (error) {
    throw asDownload(error);
  }
}

async function within(path: string, roots: readonly string[]): Promise<string> {
  if (roots.length === 0) throw new CxrError('DOWNLOAD_REFUSED', 'no folder is configured');
  let missing: CxrError | undefined;
  for (const root of roots) {
    const candidate = isAbsolute(path) ? path : join(root, path);
    // Outside by its own words: whether it exists is nobody's business.
    if (!below(resolve(candidate), resolve(root))) continue;
    try {
      const [real, realRoot] = await Promise.all([realpath(candidate), realpath(root)]);
      if (below(real, realRoot)) return real;
    } catch (error) {
      const translated = asDownload(error);
      if (!(translated instanceof CxrError) || translated.code !== 'NOT_FOUND') throw translated;
      missing = translated;
    }
  }
  throw missing ?? new CxrError('DOWNLOAD_REFUSED', 'outside the configured folders');
}

function below(path: string, root: string): boolean {
  return path === root || path.startsWith(root.endsWith(sep) ? root : root + sep);
}

function pathOf(place: string): string {
  if (!/^file:/i.test(place)) return place;
  try {
    return fileURLToPath(place);
  } catch {
    throw new CxrError('DOWNLOAD_REFUSED', 'not a file URL of this machine');
  }
}

function asDownload(error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (error instanceof CxrError || typeof code !== 'string') return error;
  if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ENAMETOOLONG')
    return new CxrError('NOT_FOUND', code);
  if (code === 'ERR_INVALID_ARG_VALUE') return new CxrError('DOWNLOAD_REFUSED', 'not a path');
  if (code === 'EACCES' || code === 'EPERM' || code === 'EISDIR' || code === 'ELOOP' || code === 'ENXIO')
    return new CxrError('UNREADABLE', code);
  return /^E[A-Z0-9]+$/.test(code) ? new Trouble(code, { cause: error }) : error;
}
