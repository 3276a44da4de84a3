/** A plane of grey values, row by row. */
export interface Plane {
  readonly width: number;
  readonly height: number;
  /** Values of a pixel; the first is looked at. */
  readonly channels: number;
  readonly data: ArrayLike<number>;
}

const SIDE = 16;
/** A step between neighbours counts from this part of the picture's range on: flat ground has no direction. */
const STEP = 1 / 64;
/** Bits of one of the bands that two alike pictures have in common, of 256. */
const BAND_DIGITS = 8;
/** Pictures that differ in no more bits look alike: at least one of the 8 bands is then the same in both. */
export const ALIKE_BITS = 7;

/**
 * A perceptual hash: 256 bits, hex. The picture averaged to 17 x 16 cells; a bit says whether a cell is clearly
 * brighter than its left neighbour (a difference hash). Another size, another compression or a little noise leaves it
 * nearly as it is.
 */
export function looksOf(plane: Plane): string {
  const cells = averaged(plane, SIDE + 1, SIDE);
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const cell of cells) {
    low = Math.min(low, cell);
    high = Math.max(high, cell);
  }
  const step = (high - low) * STEP;
  let hex = '';
  for (let y = 0; y < SIDE; y++)
    for (let x = 0; x < SIDE; x += 4) {
      let digit = 0;
      for (let i = 0; i < 4; i++) {
        const at = y * (SIDE + 1) + x + i;
        if ((cells[at + 1] as number) - (cells[at] as number) > step) digit |= 8 >> i;
      }
      hex += digit.toString(16);
    }
  return hex;
}

/** The pieces of a hash of which two alike pictures share at least one. */
export function bandsOf(looks: string): readonly string[] {
  return Array.from({ length: looks.length / BAND_DIGITS }, (_, i) =>
    looks.slice(i * BAND_DIGITS, (i + 1) * BAND_DIGITS),
  );
}

/** The bits of a hash, 32 at a time. */
export function bitsOf(looks: string): Uint32Array {
  return Uint32Array.from({ length: looks.length / 8 }, (_, i) =>
    Number.parseInt(looks.slice(8 * i, 8 * i + 8), 16),
  );
}

/** In how many bits two hashes differ. */
export function distance(a: Uint32Array, b: Uint32Array): number {
  let bits = 0;
  for (let i = 0; i < a.length; i++) bits += ones(a[i]! ^ b[i]!);
  return bits;
}

/** Of 32 bits: sums of 1, 2, 4 bits side by side, then of all bytes (Warren, Hacker's Delight, 5-1). */
function ones(bits: number): number {
  const pairs = bits - ((bits >>> 1) & 0x55555555);
  const fours = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
  return Math.imul((fours + (fours >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/** Means over the pixels whose centres lie in each cell; a cell without any takes the nearest pixel. */
function averaged({ width, height, channels, data }: Plane, columns: number, rows: number): Float64Array {
  const [across, down] = [bounds(width, columns), bounds(height, rows)];
  const means = new Float64Array(columns * rows);
  for (let row = 0; row < rows; row++) {
    const [top, bottom] = [down[row] as number, down[row + 1] as number];
    for (let y = top; y < bottom; y++)
      for (let column = 0; column < columns; column++) {
        const cell = row * columns + column;
        const end = (y * width + (across[column + 1] as number)) * channels;
        let sum = means[cell] as number;
        for (let at = (y * width + (across[column] as number)) * channels; at < end; at += channels)
          sum += data[at] as number;
        means[cell] = sum;
      }
    for (let column = 0; column < columns; column++) {
      const cell = row * columns + column;
      const count = (bottom - top) * ((across[column + 1] as number) - (across[column] as number));
      means[cell] =
        count > 0
          ? (means[cell] as number) / count
          : (data[
              (nearest(row, rows, height) * width + nearest(column, columns, width)) * channels
            ] as number);
    }
  }
  return means;
}

/** The pixels of cell i are those from `bounds[i]` to before `bounds[i + 1]`. */
function bounds(pixels: number, cells: number): Int32Array {
  const from = new Int32Array(cells + 1);
  for (let i = 0; i < pixels; i++) {
    from[Math.floor(((i + 0.5) * cells) / pixels) + 1] = i + 1;
  }
  // Cells without pixels, of a picture smaller than they are many.
  for (let i = 1; i <= cells; i++) from[i] = Math.max(from[i] as number, from[i - 1] as number);
  return from;
}

function nearest(cell: number, cells: number, pixels: number): number {
  return Math.min(pixels - 1, Math.floor(((cell + 0.5) * pixels) / cells));
}
