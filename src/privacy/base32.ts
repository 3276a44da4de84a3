const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/**
 * The first `length` characters of RFC 4648 base32 of `bytes`, without padding: 5 bits a character, letters
 * and digits only, so that it stands in file names, UIDs of objects and DICOM SH / LO / CS values alike.
 *
 * @param length at most `floor(bytes.length * 8 / 5)`
 */
export function base32(bytes: Uint8Array, length: number): string {
  let out = '';
  let held = 0;
  let bits = 0;
  for (const byte of bytes) {
    held = (held << 8) | byte;
    bits += 8;
    while (bits >= 5 && out.length < length) {
      bits -= 5;
      out += ALPHABET[(held >>> bits) & 31];
    }
    held &= (1 << bits) - 1;
  }
  return out;
}
