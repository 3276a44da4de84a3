import { readQuery } from '../activities/pacs/open.js';
import type { Config } from '../config/load.js';
import { openPacs, tryQuery, tryServer } from '../pacs/database.js';
import type { Sensitive } from '../privacy/sensitive.js';

/**
 * Asks a configured database as `pacsExport` would: whether it answers, lets this user in, and takes the query of the
 * configuration. Nothing is read from its tables.
 * @throws CxrError PACS_*, BAD_INPUT
 */
export async function examinePacs(
  { pacsExport }: Config,
  name: string,
  url: Sensitive<string>,
): Promise<{ readonly state?: 'warning'; readonly found: string; readonly hint?: string }> {
  const pool = openPacs(url, 1);
  try {
    await tryServer(pool);
    const { database, query, studies, order, seed, maxRows, statementTimeout } = pacsExport;
    if (name !== database) return { found: 'answers' };
    if (query === undefined)
      return {
        state: 'warning',
        found: 'answers; pacsExport.query is not set',
        hint: 'The query that is shipped is for the sample PACS: write one for the tables of yours (docs/pacs-export.md).',
      };
    const parameters = { studies, order, seed, modality: null, body_part: null };
    await tryQuery(pool, { sql: readQuery(query), parameters, maxRows, statementTimeout });
    return { found: 'answers, and takes the query' };
  } finally {
    await pool.end();
  }
}
