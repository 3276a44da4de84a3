/** One frame to encode: row by row, samples of a pixel side by side, values in the low `bitsStored` bits. */
export interface RawFrame {
  readonly columns: number;
  readonly rows: number;
  readonly samples: 1 | 3;
  readonly bitsStored: number;
  readonly signed: boolean;
  readonly data: Uint8Array | Int8Array | Uint16Array | Int16Array;
}

/** The samples as bytes in this machine's order, which is little endian wherever Node runs. */
export function bytesOf(frame: RawFrame): Uint8Array {
  return new Uint8Array(frame.data.buffer, frame.data.byteOffset, frame.data.byteLength);
}

/** Samples as unsigned, bits above `bitsStored` cleared: JPEG and JPEG-LS know no sign (PS3.5 8.2.1, 8.2.3). */
export function unsigned(frame: RawFrame): RawFrame {
  if (!frame.signed) return frame;
  const mask = 2 ** frame.bitsStored - 1;
  const data =
    frame.data.BYTES_PER_ELEMENT === 1
      ? Uint8Array.from(frame.data, (v) => v & mask)
      : Uint16Array.from(frame.data, (v) => v & mask);
  return { ...frame, signed: false, data };
}
