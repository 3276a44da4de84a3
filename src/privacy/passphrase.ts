import { createCipheriv, createDecipheriv, randomBytes, scryptSync } from 'node:crypto';
import { CxrError } from '../errors.js';

/** Bytes encrypted under a passphrase, as JSON: scrypt (RFC 7914) for the key, AES-256-GCM for the bytes. */
export interface PassphraseBox {
  readonly kdf: 'scrypt';
  readonly n: number;
  readonly r: number;
  readonly p: number;
  readonly salt: string;
  readonly cipher: 'aes-256-gcm';
  readonly nonce: string;
  readonly data: string;
  readonly tag: string;
}

// 32 MiB of memory, about 0.1 s: paid once at the start of a process.
const COST = { n: 2 ** 15, r: 8, p: 1 } as const;
const MOST_MEMORY = 256 * 2 ** 20;

/** @param label what the bytes are; a box of one kind does not open as another */
export function sealWithPassphrase(bytes: Uint8Array, passphrase: string, label: string): PassphraseBox {
  const salt = randomBytes(16);
  const nonce = randomBytes(12);
  const key = derive(passphrase, salt, COST);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(label));
  const data = Buffer.concat([cipher.update(bytes), cipher.final()]);
  return {
    kdf: 'scrypt',
    ...COST,
    salt: salt.toString('base64'),
    cipher: 'aes-256-gcm',
    nonce: nonce.toString('base64'),
    data: data.toString('base64'),
    tag: cipher.getAuthTag().toString('base64'),
  };
}

/** @throws CxrError KEY_LOCKED where the passphrase is not the right one or the box was changed */
export function openWithPassphrase(box: PassphraseBox, passphrase: string, label: string): Buffer {
  try {
    const key = derive(passphrase, Buffer.from(box.salt, 'base64'), box);
    const nonce = Buffer.from(box.nonce, 'base64');
    const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: 16 });
    decipher.setAAD(Buffer.from(label)).setAuthTag(Buffer.from(box.tag, 'base64'));
    return Buffer.concat([decipher.update(Buffer.from(box.data, 'base64')), decipher.final()]);
  } catch (cause) {
    throw new CxrError('KEY_LOCKED', 'the passphrase does not open it', { cause });
  }
}

function derive(passphrase: string, salt: Buffer, cost: { n: number; r: number; p: number }): Buffer {
  const { n, r, p } = cost;
  return scryptSync(passphrase.normalize('NFKC'), salt, 32, { N: n, r, p, maxmem: MOST_MEMORY });
}
