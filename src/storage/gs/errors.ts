import { CxrError, type ErrorCode, isCxrError } from '../../errors.js';
import { networkCode } from '../network.js';

const STATUS: Record<number, ErrorCode> = {
  401: 'STORAGE_LOGIN',
  403: 'STORAGE_DENIED',
  404: 'NOT_FOUND',
  412: 'ALREADY_EXISTS',
  413: 'TOO_LARGE',
};
const BUSY = new Set([408, 429, 500, 502, 503, 504]);
/** How Google's login library says that it has no usable credentials; it has no codes for it. */
const LOGIN = /credentials|invalid_grant|unauthorized_client|private key|key ?file|DECODER|ENOENT/i;

/** The HTTP status of an error of the library, 0 where it has none. */
export function statusOf(error: unknown): number {
  const { code, status } = (error ?? {}) as { code?: unknown; status?: unknown };
  const number = Number(code ?? status);
  return Number.isInteger(number) && number >= 400 && number < 600 ? number : 0;
}

/** Whether another try of the same request can help. */
export function canRetry(error: unknown): boolean {
  return BUSY.has(statusOf(error)) || networkCode(error) !== undefined;
}

/**
 * An error of the Google library as one of the registry: scheme, bucket and status only, because its message and
 * URL hold the key. Aborts and bugs come back as they are.
 */
export function gsError(error: unknown, bucket: string): unknown {
  if (isCxrError(error)) return error;
  const where = `gs://${bucket}`;
  const network = networkCode(error);
  if (network !== undefined) return new CxrError('STORAGE_UNREACHABLE', `${where} ${network}`);
  const status = statusOf(error);
  if (status > 0) return new CxrError(STATUS[status] ?? 'STORAGE_IO', `${where} HTTP ${status}`);
  if (!(error instanceof Error) || error instanceof TypeError) return error;
  return new CxrError(LOGIN.test(error.message) ? 'STORAGE_LOGIN' : 'STORAGE_IO', `${where} ${error.name}`);
}
