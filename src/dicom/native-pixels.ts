/** Frames of native (not compressed) pixel data (PS3.5 8.1.1, 8.2 and annex D) as arrays of samples. */
import { CxrError } from '../errors.js';
import type { ValueElement } from './dataset.js';
import type { ImageAttributes } from './image-attributes.js';

export type Samples =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | Float32Array
  | Float64Array;

/** Samples of a pixel in native YBR 422: two of luminance share one pair of colour differences. */
export const is422 = (photometric: string) => /^YBR_(FULL|PARTIAL)_422$/.test(photometric);

/** Samples that a native frame stores. */
export function storedSamples({ rows, columns, samples, photometric }: ImageAttributes): number {
  return is422(photometric) ? 2 * rows * Math.ceil(columns / 2) * 2 : rows * columns * samples;
}

/**
 * The samples of one frame as they are stored, unsigned (or float), not masked; a view of the file where it is aligned
 * and in the byte order of this machine.
 *
 * @throws {CxrError} PIXELS_TRUNCATED, BAD_IMAGE_ATTRIBUTES
 */
export function nativeFrame(
  element: ValueElement,
  image: ImageAttributes,
  littleEndian: boolean,
  index: number,
): Samples {
  const { bitsAllocated } = image;
  const count = storedSamples(image);
  const firstBit = index * count * bitsAllocated;
  const from = Math.floor(firstBit / 8);
  const to = Math.ceil((firstBit + count * bitsAllocated) / 8);
  if (to > element.bytes.length)
    throw new CxrError('PIXELS_TRUNCATED', `frame ${index + 1} of ${image.frames}`);
  if (bitsAllocated === 16 || bitsAllocated === 32 || bitsAllocated === 64) {
    const bytes = element.bytes.subarray(from, to);
    const inOrder = littleEndian ? bytes : swap(bytes, bitsAllocated);
    const aligned = inOrder.byteOffset % (bitsAllocated / 8) === 0;
    return view(aligned ? inOrder : Uint8Array.from(inOrder), image, count);
  }
  const bytes = inByteOrder(element, littleEndian, from, to);
  return bitsAllocated === 8 ? bytes : unpackBits(bytes, firstBit % 8, bitsAllocated, count);
}

/** PS3.5 7.3: OW is swapped by words whatever is allocated, and a frame may start within one. */
function inByteOrder(
  { vr, bytes }: ValueElement,
  littleEndian: boolean,
  from: number,
  to: number,
): Uint8Array {
  if (littleEndian || vr !== 'OW') return bytes.subarray(from, to);
  const start = from - (from % 2);
  return swap(bytes.subarray(start, to + (to % 2)), 16).subarray(from - start, to - start);
}

function view(bytes: Uint8Array, { bitsAllocated, float }: ImageAttributes, count: number): Samples {
  const { buffer, byteOffset } = bytes;
  if (bitsAllocated === 16) return new Uint16Array(buffer, byteOffset, count);
  if (bitsAllocated === 64) return new Float64Array(buffer, byteOffset, count);
  return float ? new Float32Array(buffer, byteOffset, count) : new Uint32Array(buffer, byteOffset, count);
}

/** A copy in the other byte order. */
function swap(bytes: Uint8Array, bits: 16 | 32 | 64): Uint8Array {
  const unit = bits / 8;
  const copy = Buffer.allocUnsafeSlow(bytes.length - (bytes.length % unit));
  copy.set(bytes.subarray(0, copy.length));
  if (bits === 16) return copy.swap16();
  return bits === 32 ? copy.swap32() : copy.swap64();
}

/** Samples of any number of bits, packed from the lowest bit of the first byte on (PS3.5 8.1.1). */
function unpackBits(bytes: Uint8Array, fromBit: number, bits: number, count: number): Samples {
  if (bits === 1) return unpackSingleBits(bytes, fromBit, count);
  const out = bits <= 16 ? new Uint16Array(count) : new Uint32Array(count);
  for (let i = 0, bit = fromBit; i < count; i++, bit += bits) {
    let value = 0;
    for (let got = 0; got < bits; ) {
      const at = bit + got;
      const take = Math.min(8 - (at & 7), bits - got);
      const part = ((bytes[Math.floor(at / 8)] as number) >> (at & 7)) & ((1 << take) - 1);
      value += part * 2 ** got;
      got += take;
    }
    out[i] = value;
  }
  return out;
}

function unpackSingleBits(bytes: Uint8Array, fromBit: number, count: number): Uint8Array {
  const out = new Uint8Array(count);
  let at = Math.floor(fromBit / 8);
  let bit = fromBit % 8;
  for (let i = 0; i < count; i++) {
    out[i] = ((bytes[at] as number) >> bit) & 1;
    if (++bit === 8) {
      bit = 0;
      at++;
    }
  }
  return out;
}
