/** Tells how a dataset is encoded, and whether bytes are one, by looking at them. */
import { attributeOf } from './dictionary.js';
import type { Encoding } from './transfer-syntax.js';
import { hasLongLength, isVR } from './vr.js';

/**
 * The encoding of the dataset at `position`. The stated one holds unless its first element cannot be read so and
 * the other can; without a statement the element decides.
 */
export function guessEncoding(
  bytes: Uint8Array,
  position: number,
  stated: Encoding | undefined,
  end = bytes.length,
): Encoding {
  const fallback = stated ?? { littleEndian: true, explicitVR: false };
  if (end - position < 8) return fallback;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const explicitVR = isVR(String.fromCharCode(bytes[position + 4] ?? 0, bytes[position + 5] ?? 0));
  let littleEndian = fallback.littleEndian;
  if (stated === undefined) {
    // The first group of a dataset is small: whichever reading is smaller.
    littleEndian = view.getUint16(position, true) <= view.getUint16(position, false);
  }
  if (stated?.explicitVR === false && explicitVR) {
    // The two letters may be the length of an implicit element, where that much is there.
    const length = view.getUint32(position + 4, littleEndian);
    if (length <= end - position - 8) return fallback;
  }
  return { littleEndian, explicitVR };
}

/** Elements that must read well before bytes without the `DICM` prefix are taken for a dataset. */
const ENOUGH = 3;

/**
 * Whether bytes start like a dataset without preamble: known attributes of groups 0002 or 0008 in ascending order
 * with lengths that can be. Fewer than three elements count only where they end with the bytes.
 */
export function isDatasetStart(bytes: Uint8Array): boolean {
  if (bytes.length < 8) return false;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { littleEndian, explicitVR } = guessEncoding(bytes, 0, undefined);
  const firstGroup = view.getUint16(0, littleEndian);
  if (firstGroup !== 2 && firstGroup !== 8) return false;
  let position = 0;
  let previous = -1;
  for (let seen = 0; seen < ENOUGH; seen++) {
    if (position === bytes.length && seen > 0) return true;
    if (bytes.length - position < 12) return false;
    const tagNumber =
      view.getUint16(position, littleEndian) * 0x10000 + view.getUint16(position + 2, littleEndian);
    const tag = tagNumber.toString(16).padStart(8, '0');
    if (tagNumber <= previous) return false;
    if (attributeOf(tag) === undefined && !tag.endsWith('0000')) return false;
    previous = tagNumber;
    let header = 8;
    let length: number;
    if (explicitVR) {
      const vr = String.fromCharCode(bytes[position + 4] ?? 0, bytes[position + 5] ?? 0);
      // Only the meta information is explicit in every file: what follows it is looked at by its own reader.
      if (!isVR(vr)) return seen > 0 && firstGroup === 2;
      header = hasLongLength(vr) ? 12 : 8;
      length = hasLongLength(vr)
        ? view.getUint32(position + 8, littleEndian)
        : view.getUint16(position + 6, littleEndian);
    } else {
      length = view.getUint32(position + 4, littleEndian);
    }
    // A sequence this early, or a value past the head: what was read before must do.
    if (length === 0xffffffff || length > bytes.length - position - header) return seen > 1;
    if (length % 2 === 1) return false;
    position += header + length;
  }
  return true;
}
