/** A grey picture as it would be shown: 8 bits, row by row, white is 255. */
export interface GreyImage {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** Pixels from the top left corner. */
export interface Rect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** The smallest rectangle that holds all. @param rects at least one */
export function around(rects: readonly Rect[]): Rect {
  const x = Math.min(...rects.map((r) => r.x));
  const y = Math.min(...rects.map((r) => r.y));
  const right = Math.max(...rects.map((r) => r.x + r.width));
  const bottom = Math.max(...rects.map((r) => r.y + r.height));
  return { x, y, width: right - x, height: bottom - y };
}

export function contains(outer: Rect, inner: Rect): boolean {
  return (
    inner.x >= outer.x &&
    inner.y >= outer.y &&
    inner.x + inner.width <= outer.x + outer.width &&
    inner.y + inner.height <= outer.y + outer.height
  );
}

/** The part of `inner`'s area that lies in `outer`, 0 to 1. */
export function covered(outer: Rect, inner: Rect): number {
  const across = Math.min(outer.x + outer.width, inner.x + inner.width) - Math.max(outer.x, inner.x);
  const down = Math.min(outer.y + outer.height, inner.y + inner.height) - Math.max(outer.y, inner.y);
  return across > 0 && down > 0 ? (across * down) / (inner.width * inner.height) : 0;
}

const TILE = 64;
const LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** The picture mirrored at its diagonal: what stood down the picture lies across it. Tile by tile, for the cache. */
export function transposed({ width, height, data }: GreyImage): GreyImage {
  const out = new Uint8Array(data.length);
  if (height % 4 === 0 && LITTLE_ENDIAN) {
    transposeByFours(data, width, height, new Uint32Array(out.buffer));
    return { width: height, height: width, data: out };
  }
  for (let top = 0; top < height; top += TILE)
    for (let left = 0; left < width; left += TILE) {
      const right = Math.min(width, left + TILE);
      const bottom = Math.min(height, top + TILE);
      for (let y = top; y < bottom; y++)
        for (let x = left; x < right; x++) out[x * height + y] = data[y * width + x] as number;
    }
  return { width: height, height: width, data: out };
}

/** Four rows at a time, written as words: a third of the time. */
function transposeByFours(data: Uint8Array, width: number, height: number, out: Uint32Array): void {
  const words = height >> 2;
  for (let top = 0; top < height; top += TILE)
    for (let left = 0; left < width; left += TILE) {
      const right = Math.min(width, left + TILE);
      const bottom = Math.min(height, top + TILE);
      for (let y = top; y < bottom; y += 4) {
        const [a, b, c, d] = [y * width, (y + 1) * width, (y + 2) * width, (y + 3) * width];
        for (let x = left; x < right; x++)
          out[x * words + (y >> 2)] =
            (data[a + x] as number) |
            ((data[b + x] as number) << 8) |
            ((data[c + x] as number) << 16) |
            ((data[d + x] as number) << 24);
      }
    }
}
