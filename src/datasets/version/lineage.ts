import type { SchemaElement } from 'hyparquet';
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';

/** Where one example of a version comes from. */
export interface LineageRow {
  readonly exampleId: string;
  readonly imageId: string;
  /** 0 is the original. */
  readonly copy: number;
  /** SHA-256 of the file that went in, hex. */
  readonly hash: string;
  readonly split: string;
  readonly label: number;
  readonly className: string;
  /** Pseudonym; undefined where the patient is unknown. */
  readonly patient: string | undefined;
  readonly source: string;
  /** Of the shards of its split, and its place in it, both from 0. */
  readonly shard: number;
  readonly position: number;
}

export const LINEAGE = 'lineage.parquet';

const ROWS_A_GROUP = 50_000;
const TEXT = { type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } } as const;
const REQUIRED = { repetition_type: 'REQUIRED' } as const;
const COLUMNS: readonly (readonly [keyof LineageRow, SchemaElement])[] = [
  ['exampleId', { name: 'example_id', ...TEXT, ...REQUIRED }],
  ['imageId', { name: 'image_id', ...TEXT, ...REQUIRED }],
  ['copy', { name: 'copy', type: 'INT32', ...REQUIRED }],
  ['hash', { name: 'hash', ...TEXT, ...REQUIRED }],
  ['split', { name: 'split', ...TEXT, ...REQUIRED }],
  ['label', { name: 'label', type: 'INT32', ...REQUIRED }],
  ['className', { name: 'class_name', ...TEXT, ...REQUIRED }],
  ['patient', { name: 'patient', ...TEXT, repetition_type: 'OPTIONAL' }],
  ['source', { name: 'source', ...TEXT, ...REQUIRED }],
  ['shard', { name: 'shard', type: 'INT32', ...REQUIRED }],
  ['position', { name: 'position', type: 'INT32', ...REQUIRED }],
];

/** The item lineage of a version as Parquet, row group by row group: no more than one is held. */
export async function* lineageParquet(rows: AsyncIterable<LineageRow>): AsyncGenerator<Uint8Array> {
  const buffer = new ByteWriter();
  const schema = [{ name: 'schema', num_children: COLUMNS.length }, ...COLUMNS.map(([, element]) => element)];
  const writer = new ParquetWriter({ writer: buffer, schema, codec: 'SNAPPY', createdBy: 'cxrflow' });
  let group: LineageRow[] = [];
  const flush = () => {
    const columnData = COLUMNS.map(([key, { name }]) => ({ name, data: group.map((row) => row[key]) }));
    writer.write({ columnData, rowGroupSize: group.length });
    group = [];
    return taken(buffer);
  };
  for await (const row of rows) {
    group.push(row);
    if (group.length === ROWS_A_GROUP) yield flush();
  }
  if (group.length > 0) yield flush();
  writer.finish();
  yield taken(buffer);
}

/** What was written since the last time; the writer's offsets go on counting from the start of the file. */
function taken(buffer: ByteWriter): Uint8Array {
  const bytes = buffer.getBytes().slice();
  buffer.index = 0;
  return bytes;
}
