import { isUtf8 } from 'node:buffer';
import { CxrError } from '../../errors.js';

/**
 * Names on disk are bytes. Inside the file adapter a path is a latin1 string, one character a byte (cheap to
 * join, and its order is byte order); outside, a key is text in which bytes that are not UTF-8 are `%XX` and a
 * `%` is `%25`, so that every name has exactly one key and every key one name.
 */

/** Folder of half-written objects at the top of every file store: never listed, swept by `storage gc`. */
export const TEMP_FOLDER = '.cxrflow-tmp';

/** One name of a folder, as bytes in latin1, as it stands in a key. */
export function nameToKey(name: string): string {
  // Printable ASCII but `%` is the same in both; this is every name of most archives.
  if (/^[ -$&-~]*$/.test(name)) return name;
  const bytes = Buffer.from(name, 'latin1');
  if (isUtf8(bytes)) return bytes.toString('utf8').replaceAll('%', '%25');
  let key = '';
  for (let at = 0; at < bytes.length; ) {
    const length = characterLength(bytes, at);
    key +=
      length === 0 ? escapeByte(bytes[at] ?? 0) : bytes.toString('utf8', at, at + length).replace('%', '%25');
    at += length || 1;
  }
  return key;
}

/**
 * The path of a key below the store's root, as bytes in latin1.
 *
 * @throws CxrError INVALID_KEY for a key that no listing would give: empty, `.` or `..` parts, an escape that is
 * not needed (two keys for one file), half a surrogate pair, NUL.
 */
export function keyToPath(key: string): string {
  const path = Buffer.from(key, 'utf8')
    .toString('latin1')
    .replace(/%([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  const parts = path.split('/');
  const bad = parts.some((part) => part === '' || part === '.' || part === '..') || path.includes('\0');
  if (bad || parts[0] === TEMP_FOLDER || parts.map(nameToKey).join('/') !== key)
    throw new CxrError('INVALID_KEY');
  return path;
}

const escapeByte = (byte: number) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;

/** Bytes of the UTF-8 character that starts here, 0 where none does. */
function characterLength(bytes: Buffer, at: number): number {
  for (let length = 1; length <= 4 && at + length <= bytes.length; length++)
    if (isUtf8(bytes.subarray(at, at + length))) return length;
  return 0;
}
