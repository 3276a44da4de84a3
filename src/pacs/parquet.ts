import { ByteWriter, ParquetWriter, type SchemaElement } from 'hyparquet-writer';
import { TABLE_COLUMNS, type TableRow } from './csv.js';

/** The exported table as Parquet, a row group a part: no more than one part is held. */
export async function* parquetOf(parts: AsyncIterable<readonly TableRow[]>): AsyncGenerator<Uint8Array> {
  const buffer = new ByteWriter(2 ** 20);
  const writer = new ParquetWriter({ writer: buffer, schema: SCHEMA, createdBy: 'cxrflow' });
  for await (const rows of parts) {
    const columnData = TABLE_COLUMNS.map((name) => ({ name, data: rows.map((row) => row[name]) }));
    writer.write({ columnData, rowGroupSize: rows.length });
    yield taken(buffer);
  }
  writer.finish();
  yield taken(buffer);
}

const SCHEMA: SchemaElement[] = [
  { name: 'root', num_children: TABLE_COLUMNS.length },
  ...TABLE_COLUMNS.map(
    (name): SchemaElement =>
      name === 'downloaded'
        ? { name, type: 'BOOLEAN', repetition_type: 'REQUIRED' }
        : { name, type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'REQUIRED' },
  ),
];

/** What was written since the last time; `offset` goes on counting from the start of the file. */
function taken(buffer: ByteWriter): Uint8Array {
  const bytes = buffer.getBytes().slice();
  buffer.index = 0;
  return bytes;
}
