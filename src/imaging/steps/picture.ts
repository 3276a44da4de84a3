export interface Size {
  readonly width: number;
  readonly height: number;
}

/**
 * An image while the steps work on it: rows from the top, samples interleaved. From decoding on, grey levels from
 * 0 (black) to 255 (white), whatever the depth of the file; normalising changes the units.
 */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  readonly data: Float32Array;
}

/** An image as decoded. `maxValue` is white: 255, or 65535 of 16 bits. */
export interface Decoded {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  readonly data: Uint8Array | Uint16Array | Float32Array;
  readonly maxValue: number;
  /** Of the image in its file, where it was decoded smaller. */
  readonly full?: Size | undefined;
}

/** Grey levels 0 to 255 of a decoded image: v × 255 / maxValue. */
export function pictureOf({ width, height, channels, data, maxValue }: Decoded): Picture {
  if (data instanceof Float32Array && maxValue === 255) return { width, height, channels, data };
  const scale = 255 / maxValue;
  const grey = new Float32Array(data.length);
  for (let i = 0; i < grey.length; i++) grey[i] = data[i]! * scale;
  return { width, height, channels, data: grey };
}
