import { hkdfSync, timingSafeEqual } from 'node:crypto';
import { inspect } from 'node:util';
import { CxrError } from '../errors.js';
import { base32 } from './base32.js';
import { keyedHash } from './keyed.js';
import { createKeyringFile, keyringPath, readKeyringFile } from './keyring-file.js';

/**
 * The two keys of a project. The pseudonym key is fixed for its life: another one would give every patient a
 * second pseudonym. The path key seals paths and hashes content. Both are kept from printing: a logged or
 * serialised keyring shows its epoch only.
 */
export class Keyring {
  /** Public id of the pseudonym key, on every row and in every de-identified file: `K` and 12 base32 characters. */
  readonly epoch: string;
  readonly #pseudonymKey: Buffer;
  readonly #pathKey: Buffer;

  constructor(pseudonymKey: Uint8Array, pathKey: Uint8Array) {
    if (pseudonymKey.byteLength !== 32 || pathKey.byteLength !== 32)
      throw new CxrError('KEY_INVALID', 'a key is not 32 bytes long');
    this.#pseudonymKey = Buffer.from(pseudonymKey);
    this.#pathKey = Buffer.from(pathKey);
    this.epoch = epochOf(pseudonymKey);
  }

  get pseudonymKey(): Buffer {
    return this.#pseudonymKey;
  }

  get pathKey(): Buffer {
    return this.#pathKey;
  }

  toJSON(): { epoch: string } {
    return { epoch: this.epoch };
  }

  toString(): string {
    return `Keyring ${this.epoch}`;
  }

  [inspect.custom](): string {
    return this.toString();
  }
}

export interface LoadOptions {
  /** Make a keyring where there is none. Only `up`, `demo` and `--local` runs pass true. */
  readonly mayCreate: boolean;
  /** The keyring must not lie in it. */
  readonly dataFolder?: string;
}

/**
 * The keyring of this process: from `CXRFLOW_PSEUDONYM_KEY` (32 bytes, hex or base64; the path key follows
 * from it by HKDF), else from the file of `CXRFLOW_KEYRING`, else from the user's own
 * (`$XDG_CONFIG_HOME/cxrflow/keyring.json`). `CXRFLOW_WRAPPING_KEY` opens a wrapped path key.
 *
 * @throws CxrError KEY_MISSING, KEY_INVALID, KEY_LOCKED, KEYRING_PERMISSIONS, KEYRING_IN_DATA
 */
export function loadKeyring(env: NodeJS.ProcessEnv, options: LoadOptions): Keyring {
  const single = env.CXRFLOW_PSEUDONYM_KEY?.trim();
  if (single) {
    // Two keys and no rule which one counts: a wrong choice would split every patient in two.
    if (env.CXRFLOW_KEYRING)
      throw new CxrError('KEY_INVALID', 'CXRFLOW_KEYRING and CXRFLOW_PSEUDONYM_KEY are both set');
    return singleKey(single);
  }
  const path = keyringPath(env);
  const wrapping = env.CXRFLOW_WRAPPING_KEY;
  const found = readKeyringFile(path, wrapping, options.dataFolder);
  if (found) return new Keyring(found.pseudonymKey, found.pathKey);
  if (!options.mayCreate) throw new CxrError('KEY_MISSING', path);
  try {
    createKeyringFile(path, wrapping, options.dataFolder);
  } catch (error) {
    // Another process made it in between: then that one counts.
    if (!(error instanceof CxrError) || error.code !== 'KEYRING_EXISTS') throw error;
  }
  const made = readKeyringFile(path, wrapping, options.dataFolder);
  if (!made) throw new CxrError('KEY_MISSING', path);
  return new Keyring(made.pseudonymKey, made.pathKey);
}

/**
 * A value that says which keys wrote a catalog and gives nothing of them away: HMAC of a constant by each key,
 * 52 base32 characters.
 */
export function checkValue(keyring: Keyring): string {
  const part = (key: Buffer) => base32(keyedHash(key, 'check-value'), 26);
  return part(keyring.pseudonymKey) + part(keyring.pathKey);
}

/** @throws CxrError KEY_MISMATCH where `stored` is not this keyring's check value */
export function assertKeyMatches(keyring: Keyring, stored: string): void {
  const ours = Buffer.from(checkValue(keyring));
  const theirs = Buffer.from(stored);
  if (ours.length !== theirs.length || !timingSafeEqual(ours, theirs))
    throw new CxrError('KEY_MISMATCH', `this key is of epoch ${keyring.epoch}`);
}

/** What a worker thread is given: plain bytes, which structured cloning can carry. Never log it. */
export interface KeyringTransfer {
  readonly pseudonymKey: Uint8Array;
  readonly pathKey: Uint8Array;
}

export function toThread(keyring: Keyring): KeyringTransfer {
  return { pseudonymKey: new Uint8Array(keyring.pseudonymKey), pathKey: new Uint8Array(keyring.pathKey) };
}

export function fromThread(transfer: KeyringTransfer): Keyring {
  return new Keyring(transfer.pseudonymKey, transfer.pathKey);
}

/** 32 bytes from 64 hex digits or 43-44 characters of base64 (base64url too). */
export function parseKey(text: string): Buffer | undefined {
  if (/^[0-9a-f]{64}$/i.test(text)) return Buffer.from(text, 'hex');
  if (/^[\w+/-]{43}=?$/.test(text)) return Buffer.from(text, 'base64');
  return undefined;
}

function singleKey(text: string): Keyring {
  const key = parseKey(text);
  if (!key) throw new CxrError('KEY_INVALID', `CXRFLOW_PSEUDONYM_KEY has ${text.length} characters`);
  // All zeros or all one byte is what a template leaves behind, not a key.
  if (new Set(key).size === 1)
    throw new CxrError('KEY_INVALID', 'CXRFLOW_PSEUDONYM_KEY is one byte repeated');
  return new Keyring(key, Buffer.from(hkdfSync('sha256', key, '', 'cxrflow/1/path-key', 32)));
}

function epochOf(pseudonymKey: Uint8Array): string {
  return `K${base32(keyedHash(pseudonymKey, 'epoch'), 12)}`;
}
