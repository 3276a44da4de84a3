/** Everything that runs leave behind, piece by piece, as bytes to search. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import { sql } from 'kysely';
import type { Catalog } from '../../../src/catalog/open.js';

export interface Piece {
  readonly where: string;
  readonly bytes: Buffer;
  /** Compressed or encrypted: short texts occur in it by chance. */
  readonly random?: boolean;
}

export function* files(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true }))
    if (entry.isFile()) yield join(entry.parentPath, entry.name);
}

/** Each file, its name, and of a PNG what is beside its compressed samples. */
export function* folderPieces(folder: string): Generator<Piece> {
  for (const path of files(folder)) {
    const name = path.slice(folder.length + 1);
    yield { where: `name of ${name}`, bytes: Buffer.from(name) };
    const bytes = readFileSync(path);
    if (!name.endsWith('.png')) {
      // Postgres compresses long values; its rows are searched as rows, too.
      yield { where: name, bytes, random: name.startsWith('catalog/') };
      continue;
    }
    yield { where: name, bytes, random: true };
    const beside = chunks(bytes).filter(({ type }) => type !== 'IDAT');
    yield { where: `chunks of ${name}`, bytes: Buffer.concat(beside.map(({ data }) => data)) };
  }
}

export interface Chunk {
  readonly type: string;
  readonly data: Buffer;
}

/** The chunks of a PNG, and as `after` what follows the last one (ISO/IEC 15948, 5.3). */
export function chunks(png: Buffer): Chunk[] {
  const found: Chunk[] = [];
  let at = 8;
  while (at + 8 <= png.length) {
    const length = png.readUInt32BE(at);
    const type = png.toString('latin1', at + 4, at + 8);
    found.push({ type, data: png.subarray(at + 8, at + 8 + length) });
    at += 12 + length;
    if (type === 'IEND') break;
  }
  if (at < png.length) found.push({ type: 'after', data: png.subarray(at) });
  return found;
}

/** Every row of every table; sealed values apart, since they are encrypted. */
export async function* rowPieces({ db }: Catalog): AsyncGenerator<Piece> {
  const tables = await sql<{ table_name: string }>`
    select table_name from information_schema.tables where table_schema = current_schema()`.execute(db);
  for (const { table_name } of tables.rows) {
    const { rows } = await sql<Record<string, unknown>>`select * from ${sql.table(table_name)}`.execute(db);
    const open: string[] = [];
    const sealed: Buffer[] = [];
    for (const row of rows)
      for (const [column, value] of Object.entries(row)) {
        if (value instanceof Uint8Array) sealed.push(Buffer.from(value), Buffer.from('\n'));
        else open.push(`${column}=${typeof value === 'string' ? value : JSON.stringify(value)}\n`);
      }
    yield { where: `table ${table_name}`, bytes: Buffer.from(open.join('')) };
    yield { where: `sealed values of ${table_name}`, bytes: Buffer.concat(sealed), random: true };
  }
}

/** The complete history of every workflow, payloads decoded, with ids, memos and search attributes. */
export async function* historyPieces(client: Client): AsyncGenerator<Piece> {
  for await (const run of client.workflow.list()) {
    const { workflowId, runId, memo, searchAttributes } = run;
    const history = await client.workflow.getHandle(workflowId, runId).fetchHistory();
    const text: string[] = [JSON.stringify({ workflowId, runId, memo, searchAttributes })];
    const collect = (value: unknown): void => {
      if (typeof value === 'string') text.push(value);
      else if (value instanceof Uint8Array) text.push(Buffer.from(value).toString('utf8'));
      else if (Array.isArray(value)) for (const item of value) collect(item);
      else if (typeof value === 'object' && value !== null)
        for (const [key, item] of Object.entries(value)) {
          text.push(key);
          collect(item);
        }
    };
    collect(history.events);
    yield { where: `history of ${workflowId}`, bytes: Buffer.from(text.join('\n')) };
  }
}
