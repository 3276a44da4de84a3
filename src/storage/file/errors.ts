import { CxrError, type ErrorCode, isCxrError } from '../../errors.js';

/** What was being done: the same EACCES is one bad file when reading and a broken store when writing. */
export type Doing = 'read' | 'write' | 'list';

const READ: Record<string, ErrorCode> = {
  ENOENT: 'NOT_FOUND',
  ENOTDIR: 'NOT_FOUND',
  EISDIR: 'NOT_FOUND',
  EACCES: 'UNREADABLE',
  EPERM: 'UNREADABLE',
  ELOOP: 'UNREADABLE',
};
const LIST: Record<string, ErrorCode> = {
  ENOENT: 'SOURCE_UNREADABLE',
  ENOTDIR: 'SOURCE_UNREADABLE',
  EACCES: 'SOURCE_UNREADABLE',
  EPERM: 'SOURCE_UNREADABLE',
  ELOOP: 'SOURCE_UNREADABLE',
};
const WRITE: Record<string, ErrorCode> = {
  ENOENT: 'SOURCE_UNREADABLE',
  EEXIST: 'ALREADY_EXISTS',
  EACCES: 'STORAGE_DENIED',
  EPERM: 'STORAGE_DENIED',
  EROFS: 'STORAGE_DENIED',
  ENOSPC: 'DISK_FULL',
  EDQUOT: 'DISK_FULL',
  EFBIG: 'TOO_LARGE',
  // A name is both an object and a folder of objects: only file stores cannot hold that.
  ENOTDIR: 'INVALID_KEY',
  EISDIR: 'INVALID_KEY',
  ENOTEMPTY: 'INVALID_KEY',
};
const TABLES = { read: READ, list: LIST, write: WRITE };

/** The system's code of an error (`ENOENT`), empty for what is not one. */
export function systemCode(error: unknown): string {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  return typeof code === 'string' && /^E[A-Z0-9]+$/.test(code) ? code : '';
}

/**
 * A system error as one of the registry, without its message: Node's holds the path, and a path may name a
 * patient. Errors that are no system errors (an abort, a bug, the body's own) come back as they are.
 */
export function fileError(error: unknown, doing: Doing): unknown {
  const code = systemCode(error);
  if (isCxrError(error) || code === '') return error;
  if (code === 'ENAMETOOLONG' || code === 'EILSEQ' || code === 'EINVAL')
    return new CxrError('INVALID_KEY', code);
  return new CxrError(TABLES[doing][code] ?? 'STORAGE_IO', `file:// ${code}`);
}
