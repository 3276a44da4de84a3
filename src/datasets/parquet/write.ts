import { ByteWriter, type ColumnSource, ParquetWriter } from 'hyparquet-writer';
import { bytesOf, type DatasetExample } from '../example.js';
import { huggingFaceMetadata, type ParquetShape, parquetSchema } from './schema.js';

export interface ParquetOptions extends ParquetShape {
  /** Of a row group, at most; one that reaches 64 MiB of tensors ends earlier. */
  readonly rowsPerGroup: number;
  /** Told when the examples that were taken so far are written and their memory may be used again. */
  readonly onWritten?: () => void;
}

const GROUP_BYTES = 64 * 2 ** 20;
const PAGE_BYTES = 2 ** 20;
/** Of a piece that is not copied. */
const LARGE = 2 ** 16;

/**
 * The bytes of one Parquet file, piece by piece: no more than a row group is held. Not compressed: tensors of float32
 * do not get smaller by what is in every reader, and PNGs are already. The same examples give the same bytes.
 *
 * Columns: `image` (float32, little-endian bytes), `label`, `image_shape` (list of rows, columns, channels),
 * `image_id`, `source`, `split`, `class_name`; `picture` ({bytes, path}: an 8-bit PNG, which Hugging Face `datasets`
 * opens as an image) and `histogram` where there are.
 */
export async function* parquetFile(
  examples: AsyncIterable<DatasetExample> | Iterable<DatasetExample>,
  options: ParquetOptions,
): AsyncGenerator<Uint8Array> {
  const buffer = new PieceWriter();
  const writer = new ParquetWriter({
    writer: buffer,
    schema: parquetSchema(options),
    codec: 'UNCOMPRESSED',
    kvMetadata: [huggingFaceMetadata(options)],
    createdBy: 'cxrflow',
  });
  let group: DatasetExample[] = [];
  let bytes = 0;
  for await (const example of examples) {
    group.push(example);
    bytes += example.tensor.byteLength;
    if (group.length < options.rowsPerGroup && bytes < GROUP_BYTES) continue;
    writeGroup(writer, group, options);
    yield* buffer.taken();
    options.onWritten?.();
    group = [];
    bytes = 0;
  }
  if (group.length > 0) writeGroup(writer, group, options);
  writer.finish();
  yield* buffer.taken();
}

function writeGroup(
  writer: ParquetWriter,
  rows: readonly DatasetExample[],
  { picture, histogram }: ParquetOptions,
): void {
  const column = (name: string, of: (row: DatasetExample) => unknown): ColumnSource => ({
    name,
    data: rows.map(of),
  });
  /** Statistics and dictionaries of what is never looked up would cost a comparison of every byte. */
  const opaque = { encoding: 'PLAIN', statistics: false } as const;
  const columnData = [
    { ...column('image', ({ tensor }) => bytesOf(tensor)), ...opaque },
    column('label', ({ label }) => BigInt(label)),
    { ...column('image_shape', ({ shape }) => shape.map(BigInt)), statistics: false },
    column('image_id', ({ imageId }) => imageId),
    column('source', ({ source }) => source),
    column('split', ({ split }) => split),
    column('class_name', ({ className }) => className),
  ];
  if (picture)
    columnData.push({
      ...column('picture', ({ picture: bytes, imageId }) => ({ bytes, path: `${imageId}.png` })),
      ...opaque,
    });
  if (histogram) columnData.push({ ...column('histogram', (row) => [...(row.histogram ?? [])]), ...opaque });
  writer.write({ columnData, rowGroupSize: rows.length, pageSize: PAGE_BYTES });
}

/** Pages stay where they were made: each has memory of its own, and most of a file is pages. */
class PieceWriter extends ByteWriter {
  #pieces: Uint8Array[] = [];

  override appendBytes(bytes: Uint8Array): void {
    if (bytes.length < LARGE) {
      super.appendBytes(bytes);
      return;
    }
    this.#pieces.push(this.getBytes().slice(), bytes);
    this.index = 0;
    this.offset += bytes.length;
  }

  /** What was written since the last time; `offset` goes on counting from the start of the file. */
  taken(): readonly Uint8Array[] {
    const pieces = [...this.#pieces, this.getBytes().slice()];
    this.#pieces = [];
    this.index = 0;
    return pieces;
  }
}
