/** One example of a dataset, as the formats write it. */
export interface DatasetExample {
  /** Of the image; augmented copies have a suffix (`exampleId`). */
  readonly imageId: string;
  readonly label: number;
  /** Name of the label. */
  readonly className: string;
  readonly split: string;
  /** Where the image comes from, safe to publish. */
  readonly source: string;
  /** Rows, columns, channels: row-major, channels last. */
  readonly shape: readonly [height: number, width: number, channels: number];
  readonly tensor: Float32Array;
  /** Share of values in each bin, where the step `features` is on. */
  readonly histogram?: Float32Array | undefined;
  /** PNG, 8 bits: what people look at. */
  readonly picture?: Uint8Array | undefined;
}

/** The little-endian bytes of a tensor: a view, as every platform Node runs on is little-endian. */
export function bytesOf({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
