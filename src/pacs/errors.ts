import { CxrError } from '../errors.js';

export const SYNTAX_ERROR = 'a syntax error';

/** What an SQLSTATE means, for the ones that a query file meets (PostgreSQL, appendix A). */
const MEANING: Readonly<Record<string, string>> = {
  '22012': 'a division by zero',
  '22P02': 'a value that does not fit its type',
  '25006': 'it would change the database',
  '42501': 'not permitted for this user',
  '42601': SYNTAX_ERROR,
  '42702': 'a column named twice',
  '42703': 'no such column',
  '42804': 'types that do not match',
  '42883': 'no such function or operator',
  '42P01': 'no such table',
};

/**
 * What went wrong with the PACS, without the server's text: it quotes values, and values name patients.
 *
 * @param statement the text that was sent; @param before how much of it stands before the query of the file
 */
export function pacsError(error: unknown, statement = '', before = 0): CxrError {
  if (error instanceof CxrError) return error;
  const { code, position, message } = error as { code?: unknown; position?: unknown; message?: unknown };
  const state = typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
  if (state === undefined) {
    const login = typeof message === 'string' && message.startsWith('SASL');
    if (login) return new CxrError('PACS_LOGIN', undefined, { cause: error });
    const network = typeof code === 'string' && /^E[A-Z_]{3,30}$/.test(code) ? code : undefined;
    return new CxrError('PACS_UNREACHABLE', network, { cause: error });
  }
  if (state === '57014') return new CxrError('PACS_QUERY_SLOW', undefined, { cause: error });
  if (/^(28|3D)/.test(state)) return new CxrError('PACS_LOGIN', `SQLSTATE ${state}`, { cause: error });
  // Connection lost, server stopping, out of connections or space, a standby that had to cancel the query.
  if (/^(08|53|57P|58|XX|40)/.test(state))
    return new CxrError('PACS_UNREACHABLE', `SQLSTATE ${state}`, { cause: error });
  const meaning = MEANING[state];
  const line = lineOf(statement, before, Number(position));
  return new CxrError(
    'PACS_QUERY_FAILED',
    `SQLSTATE ${state}${meaning ? ` (${meaning})` : ''}${line ? `, line ${line} of the query` : ''}`,
    { cause: error },
  );
}

function lineOf(statement: string, before: number, position: number): number | undefined {
  if (!(position > before)) return undefined;
  const until = statement.slice(before, position - 1);
  // What is missing at its end is seen behind it, in the parenthesis that is put around it.
  const isBehind = statement.startsWith(') AS q', position - 1);
  return (isBehind ? until.trimEnd() : until).split('\n').length;
}
