import { createHmac } from 'node:crypto';

/**
 * HMAC-SHA256 of a list of fields under a domain (RFC 2104). Every field is preceded by its length, so
 * ("ab", "c") and ("a", "bc") differ, and the domain comes first, so that a value of one use (a patient) can
 * never equal a value of another (a UID) for the same input.
 */
export function keyedHash(
  key: Uint8Array,
  domain: string,
  ...fields: readonly (string | Uint8Array)[]
): Buffer {
  const hmac = createHmac('sha256', key);
  for (const field of [`cxrflow/1/${domain}`, ...fields]) {
    const bytes = typeof field === 'string' ? Buffer.from(field, 'utf8') : field;
    const length = Buffer.alloc(8);
    length.writeBigUInt64BE(BigInt(bytes.byteLength));
    hmac.update(length).update(bytes);
  }
  return hmac.digest();
}
