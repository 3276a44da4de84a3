import { CxrError, type ErrorCode, isCxrError } from '../../errors.js';
import { networkCode } from '../network.js';

/** S3's error codes, and MinIO's own, by what they mean here. */
const CODES: Record<string, ErrorCode> = {
  NoSuchKey: 'NOT_FOUND',
  NoSuchVersion: 'NOT_FOUND',
  NotFound: 'NOT_FOUND',
  NoSuchBucket: 'BUCKET_MISSING',
  InvalidBucketName: 'BUCKET_MISSING',
  PreconditionFailed: 'ALREADY_EXISTS',
  InvalidAccessKeyId: 'STORAGE_LOGIN',
  SignatureDoesNotMatch: 'STORAGE_LOGIN',
  AuthorizationHeaderMalformed: 'STORAGE_LOGIN',
  RequestTimeTooSkewed: 'STORAGE_LOGIN',
  ExpiredToken: 'STORAGE_LOGIN',
  InvalidToken: 'STORAGE_LOGIN',
  PermanentRedirect: 'STORAGE_LOGIN',
  AccessDenied: 'STORAGE_DENIED',
  AllAccessDisabled: 'STORAGE_DENIED',
  AccountProblem: 'STORAGE_DENIED',
  MethodNotAllowed: 'STORAGE_DENIED',
  EntityTooLarge: 'TOO_LARGE',
  KeyTooLongError: 'INVALID_KEY',
  XMinioInvalidObjectName: 'INVALID_KEY',
  XMinioObjectExistsAsDirectory: 'INVALID_KEY',
  XMinioParentIsObject: 'INVALID_KEY',
  XMinioStorageFull: 'DISK_FULL',
  XMinioAdminBucketQuotaExceeded: 'DISK_FULL',
  QuotaExceeded: 'DISK_FULL',
};

/** A status after which the same request may succeed; the body of such an answer is not read. */
export class BusyError extends Error {
  readonly status: number;

  constructor(status: number) {
    super(`HTTP ${status}`);
    this.status = status;
  }
}
const BUSY = new Set([408, 409, 429, 500, 502, 503, 504]);
export const isBusy = (status: number | undefined): boolean => status !== undefined && BUSY.has(status);

/** The code S3 gave, empty for other errors. */
export function s3Code(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' && /^[A-Za-z0-9]{3,60}$/.test(code) ? code : '';
}

/** Whether another try of the same request can help. */
export function canRetry(error: unknown): boolean {
  return error instanceof BusyError || networkCode(error) !== undefined;
}

/**
 * An error of S3 or of the network as one of the registry: scheme, bucket and code only, because S3's message
 * and resource hold the key. Aborts and errors of a body come back as they are.
 */
export function s3Error(error: unknown, bucket: string): unknown {
  if (isCxrError(error)) return error;
  const where = `s3://${bucket}`;
  if (error instanceof BusyError) return new CxrError('STORAGE_IO', `${where} HTTP ${error.status}`);
  const network = networkCode(error);
  if (network !== undefined) return new CxrError('STORAGE_UNREACHABLE', `${where} ${network}`);
  const code = s3Code(error);
  if (code === '') return error;
  return new CxrError(CODES[code] ?? 'STORAGE_IO', `${where} ${code}`);
}
