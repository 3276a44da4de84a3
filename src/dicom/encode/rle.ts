/** RLE Lossless (PS3.5 annex G). */
import type { Samples } from '../native-pixels.js';

const HEADER = 64;
const LONGEST = 128;

interface RleFrame {
  readonly rows: number;
  readonly columns: number;
  readonly samples: 1 | 3;
  /** Samples of a pixel side by side, each of as many bits as BitsAllocated will say. */
  readonly data: Samples;
}

/**
 * Encodes one frame: a segment for each byte of a sample, most significant first (G.2), each row packed by
 * itself (G.3.1), segments of even length (G.4), behind a header of 16 little-endian words (G.5).
 */
export function encodeRle({ rows, columns, samples, data }: RleFrame): Uint8Array {
  const size = data.BYTES_PER_ELEMENT;
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const stride = samples * size;
  const segments: Uint8Array[] = [];
  const row = new Uint8Array(columns);
  for (let sample = 0; sample < samples; sample++)
    for (let byte = size - 1; byte >= 0; byte--) {
      const packed: number[] = [];
      for (let y = 0; y < rows; y++) {
        const first = y * columns * stride + sample * size + byte;
        for (let x = 0; x < columns; x++) row[x] = bytes[first + x * stride] as number;
        packRow(row, packed);
      }
      if (packed.length % 2 === 1) packed.push(0);
      segments.push(Uint8Array.from(packed));
    }
  return withHeader(segments);
}

/** PackBits: 0 to 127 literals follow a count less one, a repeated byte follows 257 less its count. */
function packRow(row: Uint8Array, out: number[]): void {
  let literals = 0;
  const flush = (end: number) => {
    for (let from = end - literals; from < end; from += LONGEST) {
      const to = Math.min(end, from + LONGEST);
      out.push(to - from - 1);
      for (let i = from; i < to; i++) out.push(row[i] as number);
    }
    literals = 0;
  };
  let at = 0;
  while (at < row.length) {
    let end = at + 1;
    while (end < row.length && end - at < LONGEST && row[end] === row[at]) end++;
    const run = end - at;
    if (run >= 3) {
      flush(at);
      out.push(257 - run, row[at] as number);
    } else {
      literals += run;
    }
    at = end;
  }
  flush(at);
}

function withHeader(segments: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(HEADER + segments.reduce((sum, segment) => sum + segment.length, 0));
  const header = new DataView(out.buffer);
  header.setUint32(0, segments.length, true);
  let at = HEADER;
  segments.forEach((segment, i) => {
    header.setUint32(4 + 4 * i, at, true);
    out.set(segment, at);
    at += segment.length;
  });
  return out;
}
