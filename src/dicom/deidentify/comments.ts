/**
 * Where a compressed image carries text beside its samples: comments and application data of JPEG (ITU-T T.81 B.2.4)
 * and JPEG-LS (T.87), comments of JPEG 2000 (T.800 A.9.2), boxes around either, and whatever follows the end of the image.
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

/**
 * Text of a JPEG or JPEG-LS stream. Readers skip what stands before SOI and between segments, so that text may hide
 * there; a damaged stream is looked at up to the damage.
 */
export function jpegText(bytes: Uint8Array): readonly Range[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const start = uint16(bytes, 0) === 0xffd8 ? 0 : buffer.indexOf('ffd8ff', 0, 'hex');
  if (start < 0) return [];
  const ranges: Range[] = start > 0 ? [{ start: 0, end: start }] : [];
  let at = start + 2;
  while (at + 4 <= bytes.length) {
    if (bytes[at] !== 0xff) {
      const next = segmentMarker(bytes, at);
      ranges.push({ start: at, end: next });
      at = next;
      continue;
    }
    const marker = bytes[at + 1] ?? 0;
    if (marker === 0xff) {
      at++;
      continue;
    }
    if (marker === EOI) break;
    if (marker <= 0x01 || (marker >= 0xd0 && marker <= 0xd8)) {
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

/** The next 0xFF that begins a marker, outside coded samples. */
function segmentMarker(bytes: Uint8Array, from: number): number {
  for (let at = bytes.indexOf(0xff, from); at >= 0; at = bytes.indexOf(0xff, at + 1)) {
    if ((bytes[at + 1] ?? 0) !== 0) return at;
  }
  return bytes.length;
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

/** Text of a JPEG 2000 image: of a codestream, or of the boxes of a JP2 file around one (T.800 annex I). */
export function jpeg2000Text(bytes: Uint8Array): readonly Range[] {
  return isBoxed(bytes) ? boxText(bytes, JP2_BOXES) : codestreamText(bytes, 0);
}

/** Text of a JPEG XL image: its codestream has none, the boxes around one may (ISO/IEC 18181-2). */
export function jpegXlText(bytes: Uint8Array): readonly Range[] {
  return isBoxed(bytes) ? boxText(bytes, JXL_BOXES) : [];
}

const JP2_BOXES = new Set(['jP  ', 'ftyp', 'jp2h', 'jp2c']);
const JXL_BOXES = new Set(['JXL ', 'ftyp', 'jxlc', 'jxlp', 'jxll', 'jxli']);

/** Both containers start with a signature box of 12 bytes. */
function isBoxed(bytes: Uint8Array): boolean {
  return uint32(bytes, 0) === 12 && uint32(bytes, 8) === 0x0d0a870a;
}

/** Contents of the boxes that no decoder needs, and the text of the codestreams. */
function boxText(bytes: Uint8Array, needed: ReadonlySet<string>): readonly Range[] {
  const ranges: Range[] = [];
  for (let at = 0; at + 8 <= bytes.length; ) {
    const stated = uint32(bytes, at);
    const header = stated === 1 ? 16 : 8;
    const length = stated === 1 ? uint32(bytes, at + 8) * 2 ** 32 + uint32(bytes, at + 12) : stated;
    const end = stated === 0 ? bytes.length : Math.min(bytes.length, at + length);
    if (end < at + header) return [...ranges, { start: at, end: bytes.length }];
    const name = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    if (!needed.has(name)) ranges.push({ start: at + header, end });
    else if (name === 'jp2c') ranges.push(...codestreamText(bytes.subarray(0, end), at + header));
    at = end;
  }
  return ranges;
}

/** In the main header and those of its tile parts, and behind its end. */
function codestreamText(bytes: Uint8Array, start: number): readonly Range[] {
  const ranges: Range[] = [];
  let at = start + 2;
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
    if (marker === TILE_PART) tileEnd = tilePartEnd(bytes, at, uint32(bytes, at + 6));
    // The two bytes of Rcom say what kind of comment it is.
    if (marker === COMMENT) ranges.push({ start: Math.min(at + 6, end), end });
    at = end;
  }
  return ranges;
}

/** T.800 A.4.2: a length of 0 is up to the end marker, which coded samples cannot hold. */
function tilePartEnd(bytes: Uint8Array, at: number, length: number): number {
  if (length > 0) return at + length;
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).indexOf('ffd9', at + 12, 'hex');
}

/**
 * What no sample of an RLE frame comes from (PS3.5 G.5): the rest of the header, and the ends of its segments.
 *
 * @param pixels bytes that each segment holds once unpacked
 */
export function rleText(bytes: Uint8Array, pixels: number): readonly Range[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = bytes.length < RLE_HEADER ? 0 : view.getUint32(0, true);
  if (count < 1 || count > 15 || pixels < 1) return [];
  const starts = Array.from({ length: count }, (_, i) => view.getUint32(4 + 4 * i, true));
  const ranges: Range[] = [{ start: 4 + 4 * count, end: RLE_HEADER }];
  for (const [i, start] of starts.entries()) {
    const end = starts[i + 1] ?? bytes.length;
    if (start < (starts[i - 1] ?? RLE_HEADER) || start > end || end > bytes.length) return [];
    if (i === 0) ranges.push({ start: RLE_HEADER, end: start });
    ranges.push({ start: Math.min(end, packedEnd(bytes, start, end, pixels)), end });
  }
  return ranges;
}

const RLE_HEADER = 64;

function packedEnd(bytes: Uint8Array, start: number, end: number, pixels: number): number {
  let at = start;
  for (let made = 0; made < pixels && at < end; ) {
    const control = bytes[at++] as number;
    if (control === 128) continue;
    made += control < 128 ? control + 1 : 257 - control;
    at += control < 128 ? control + 1 : 1;
  }
  return at;
}

function uint32(bytes: Uint8Array, at: number): number {
  return uint16(bytes, at) * 0x10000 + uint16(bytes, at + 2);
}

function uint16(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) * 256 + (bytes[at + 1] ?? 0);
}
