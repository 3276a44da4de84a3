/**
 * Where a compressed image carries text beside its samples: comments and application data of JPEG (ITU-T T.81 B.2.4)
 * and JPEG-LS (T.87), comments of JPEG 2000 (T.800 A.9.2), and whatever follows the end of the image.
 */

/** Bytes from `start` to before `end`. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

const EOI = 0xd9;
const SOS = 0xda;
const COM = 0xfe;

/** What of an APPn segment decoders need: it says how colours are coded, and nothing else. */
const NEEDED: readonly { readonly marker: number; readonly name: string; readonly bytes: number }[] = [
  { marker: 0xe0, name: 'JFIF\0', bytes: 14 },
  { marker: 0xe8, name: 'mrfx', bytes: 5 },
  { marker: 0xe8, name: 'SPIFF\0', bytes: 30 },
  { marker: 0xee, name: 'Adobe', bytes: 12 },
];

/** Text of a JPEG or JPEG-LS stream that starts with SOI; a damaged one is looked at up to the damage. */
export function jpegText(bytes: Uint8Array): readonly Range[] {
  const ranges: Range[] = [];
  let at = 2;
  while (at + 4 <= bytes.length && bytes[at] === 0xff) {
    const marker = bytes[at + 1] ?? 0;
    if (marker === 0xff) {
      at++;
      continue;
    }
    if (marker === EOI) break;
    if (marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8)) {
      at += 2;
      continue;
    }
    const end = at + 2 + uint16(bytes, at + 2);
    if (end > bytes.length || end < at + 4) return ranges;
    if (marker === COM || (marker >= 0xe0 && marker <= 0xef)) {
      ranges.push({ start: at + 4 + neededBytes(bytes, marker, at + 4, end), end });
    }
    at = marker === SOS ? nextMarker(bytes, end) : end;
  }
  if (bytes[at] === 0xff && bytes[at + 1] === EOI) ranges.push({ start: at + 2, end: bytes.length });
  return ranges;
}

function neededBytes(bytes: Uint8Array, marker: number, start: number, end: number): number {
  const needed = NEEDED.find(
    ({ marker: m, name }) =>
      m === marker && Buffer.from(bytes.subarray(start, start + name.length)).toString('latin1') === name,
  );
  return Math.min(needed?.bytes ?? 0, end - start);
}

/** In coded samples 0xFF is followed by 0, a restart marker or (JPEG-LS) a byte below 0x80. */
function nextMarker(bytes: Uint8Array, from: number): number {
  for (let at = bytes.indexOf(0xff, from); at >= 0; at = bytes.indexOf(0xff, at + 1)) {
    const next = bytes[at + 1] ?? 0;
    if (next >= 0xc0 && next !== 0xff && !(next >= 0xd0 && next <= 0xd7)) return at;
  }
  return bytes.length;
}

const CODESTREAM_END = 0xffd9;
const TILE_PART = 0xff90;
const TILE_DATA = 0xff93;
const COMMENT = 0xff64;

/** Text of a JPEG 2000 codestream that starts with SOC, in its main header and those of its tile parts. */
export function jpeg2000Text(bytes: Uint8Array): readonly Range[] {
  const ranges: Range[] = [];
  let at = 2;
  let tileEnd = 0;
  while (at + 2 <= bytes.length) {
    const marker = uint16(bytes, at);
    if (marker === CODESTREAM_END) {
      ranges.push({ start: at + 2, end: bytes.length });
      break;
    }
    if (marker === TILE_DATA) {
      if (tileEnd <= at) break;
      at = tileEnd;
      continue;
    }
    const end = at + 2 + uint16(bytes, at + 2);
    if (marker < 0xff00 || end > bytes.length || end < at + 4) break;
    if (marker === TILE_PART) tileEnd = at + uint16(bytes, at + 6) * 0x10000 + uint16(bytes, at + 8);
    // The two bytes of Rcom say what kind of comment it is.
    if (marker === COMMENT) ranges.push({ start: Math.min(at + 6, end), end });
    at = end;
  }
  return ranges;
}

function uint16(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) * 256 + (bytes[at + 1] ?? 0);
}
