import { CxrError, type ErrorCode, isCxrError } from '../../errors.js';

/** SQLSTATE or its class (PostgreSQL appendix A), the longer match first. */
const BY_STATE: readonly (readonly [string, ErrorCode])[] = [
  ['40', 'CATALOG_BUSY'],
  ['55P03', 'CATALOG_BUSY'],
  ['57014', 'CATALOG_BUSY'],
  ['25P03', 'CATALOG_BUSY'],
  ['57P', 'CATALOG_UNREACHABLE'],
  ['08', 'CATALOG_UNREACHABLE'],
  ['28', 'CATALOG_LOGIN'],
  ['3D000', 'CATALOG_LOGIN'],
  ['42P01', 'CATALOG_SCHEMA'],
  ['42703', 'CATALOG_SCHEMA'],
  ['42501', 'CATALOG_SCHEMA'],
  ['25006', 'CATALOG_SCHEMA'],
  ['3F000', 'CATALOG_SCHEMA'],
  ['53', 'CATALOG_FULL'],
];
const NETWORK = /^(ECONN|EPIPE|EHOST|ENET|ENOTFOUND|EAI_|ETIMEDOUT|ENOENT|EACCES)/;
const NETWORK_TEXT = /connection (terminated|timeout|error)|timeout exceeded when trying to connect|SSL|TLS/i;

/**
 * A driver's error as one of the registry. Its own text is left behind: Postgres quotes values of the row
 * (`Key (patient)=(…)`), and the connection error its URL. SQLSTATE and constraint name are kept.
 */
export function catalogError(error: unknown): CxrError {
  if (isCxrError(error)) return error;
  const { code, constraint, column, message } = error as Partial<Record<string, string>>;
  if (typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code)) {
    const known = BY_STATE.find(([state]) => code.startsWith(state))?.[1] ?? 'CATALOG_FAILED';
    return new CxrError(known, [`SQLSTATE ${code}`, constraint ?? column].filter(Boolean).join(', '));
  }
  if (typeof code === 'string' && NETWORK.test(code)) return new CxrError('CATALOG_UNREACHABLE', code);
  if (NETWORK_TEXT.test(message ?? '')) return new CxrError('CATALOG_UNREACHABLE');
  if (/password|SASL|SCRAM/i.test(message ?? '')) return new CxrError('CATALOG_LOGIN');
  return new CxrError('CATALOG_FAILED', (error as Error | undefined)?.name);
}
