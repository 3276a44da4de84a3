import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import { CxrError } from '../errors.js';
import { base32 } from './base32.js';
import { keyedHash } from './keyed.js';

const VERSION = 1;
const NONCE = 12;
const TAG = 16;
const AAD = Buffer.from('cxrflow/1/path');

/**
 * Seals a path (its bytes: names need not be UTF-8) with AES-256-GCM under a key derived from the path key.
 * Two seals of one path differ: whoever sees the column cannot compare.
 *
 * @returns version byte, nonce (12), ciphertext, tag (16)
 */
export function sealPath(pathKey: Uint8Array, path: Uint8Array): Buffer {
  const nonce = randomBytes(NONCE);
  const cipher = createCipheriv('aes-256-gcm', sealingKey(pathKey), nonce).setAAD(AAD);
  return Buffer.concat([Buffer.of(VERSION), nonce, cipher.update(path), cipher.final(), cipher.getAuthTag()]);
}

/** What was sealed. @throws CxrError SEAL_BROKEN where the key is another one or a byte was changed */
export function openPath(pathKey: Uint8Array, sealed: Uint8Array): Buffer {
  const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
  if (bytes.length < 1 + NONCE + TAG || bytes[0] !== VERSION) throw new CxrError('SEAL_BROKEN');
  const nonce = bytes.subarray(1, 1 + NONCE);
  const end = bytes.length - TAG;
  try {
    const decipher = createDecipheriv('aes-256-gcm', sealingKey(pathKey), nonce, { authTagLength: TAG });
    decipher.setAAD(AAD).setAuthTag(bytes.subarray(end));
    return Buffer.concat([decipher.update(bytes.subarray(1 + NONCE, end)), decipher.final()]);
  } catch (cause) {
    throw new CxrError('SEAL_BROKEN', undefined, { cause });
  }
}

/** The lookup key of a file of a source: `F` and 26 base32 characters. @param key path below the source's root */
export function fileId(pathKey: Uint8Array, source: string, key: string | Uint8Array): string {
  return `F${base32(keyedHash(pathKey, 'file', source, key), 26)}`;
}

/** Names a folder of a source without naming it: `D` and 26 base32 characters. @param prefix below the source's root */
export function folderId(pathKey: Uint8Array, source: string, prefix: string): string {
  return `D${base32(keyedHash(pathKey, 'folder', source, prefix), 26)}`;
}

/** Keyed hash of a file's content, 64 hex digits: equal files have equal hashes, a guessed file cannot be tested. */
export function contentHash(pathKey: Uint8Array, bytes: Uint8Array): string {
  return contentHasher(pathKey).update(bytes).digest();
}

export interface ContentHasher {
  update(bytes: Uint8Array): ContentHasher;
  digest(): string;
}

/** `contentHash` of content that comes in pieces. */
export function contentHasher(pathKey: Uint8Array): ContentHasher {
  const hmac = createHmac('sha256', keyedHash(pathKey, 'content'));
  const hasher: ContentHasher = {
    update: (bytes) => {
      hmac.update(bytes);
      return hasher;
    },
    digest: () => hmac.digest('hex'),
  };
  return hasher;
}

function sealingKey(pathKey: Uint8Array): Buffer {
  return keyedHash(pathKey, 'seal');
}
