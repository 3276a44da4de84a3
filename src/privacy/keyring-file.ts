import { randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { z } from 'zod';
import { CxrError } from '../errors.js';
import { openWithPassphrase, sealWithPassphrase } from './passphrase.js';

/** The keys of a keyring file, opened. Stays inside src/privacy and the `keys` command. */
export interface KeyMaterial {
  readonly pseudonymKey: Buffer;
  readonly pathKey: Buffer;
  readonly created: string;
  readonly wrapped: boolean;
}

const base64Key = z.base64().refine((text) => Buffer.from(text, 'base64').length === 32, 'is not 32 bytes');

export const boxSchema = z.object({
  kdf: z.literal('scrypt'),
  n: z
    .int()
    .min(2)
    .max(2 ** 17),
  r: z.int().min(1).max(16),
  p: z.int().min(1).max(4),
  salt: z.base64(),
  cipher: z.literal('aes-256-gcm'),
  nonce: z.base64(),
  data: z.base64(),
  tag: z.base64(),
});

const fileSchema = z.object({
  cxrflowKeyring: z.literal(1),
  created: z.string(),
  pseudonymKey: base64Key,
  pathKey: z.union([base64Key, boxSchema]),
});

const WRAPPED = 'cxrflow/1/path-key';

/** `CXRFLOW_KEYRING`, else `cxrflow/keyring.json` in the user's configuration folder. */
export function keyringPath(env: NodeJS.ProcessEnv): string {
  if (env.CXRFLOW_KEYRING) return resolve(env.CXRFLOW_KEYRING);
  const config = env.XDG_CONFIG_HOME || env.APPDATA || join(env.HOME || homedir(), '.config');
  return join(resolve(config), 'cxrflow', 'keyring.json');
}

/**
 * @returns undefined where there is no file
 * @throws CxrError KEYRING_IN_DATA, KEYRING_PERMISSIONS, KEY_INVALID, KEY_LOCKED
 */
export function readKeyringFile(
  path: string,
  wrapping?: string,
  dataFolder?: string,
): KeyMaterial | undefined {
  refuseInside(path, dataFolder);
  const text = readPrivate(path);
  if (text === undefined) return undefined;
  const file = parse(text);
  const wrapped = typeof file.pathKey !== 'string';
  if (wrapped && !wrapping) throw new CxrError('KEY_LOCKED', 'CXRFLOW_WRAPPING_KEY is not set');
  const pathKey =
    typeof file.pathKey === 'string'
      ? Buffer.from(file.pathKey, 'base64')
      : openWithPassphrase(file.pathKey, wrapping ?? '', WRAPPED);
  return { pseudonymKey: Buffer.from(file.pseudonymKey, 'base64'), pathKey, created: file.created, wrapped };
}

/** Makes a keyring of fresh random keys. @throws CxrError KEYRING_EXISTS, KEYRING_IN_DATA */
export function createKeyringFile(path: string, wrapping?: string, dataFolder?: string): void {
  const created = new Date().toISOString();
  const keys = { pseudonymKey: randomBytes(32), pathKey: randomBytes(32), created };
  writeKeyringFile(path, keys, { ...(wrapping ? { wrapping } : {}), ...(dataFolder ? { dataFolder } : {}) });
}

interface WriteOptions {
  /** Passphrase the path key is wrapped under; none: it stands in the file as it is. */
  readonly wrapping?: string;
  readonly dataFolder?: string;
  /** Replace the file that is there, at once and as a whole; without it an existing file is an error. */
  readonly replace?: boolean;
}

/** Writes a keyring, mode 0600, visible only when complete. @throws CxrError KEYRING_EXISTS, KEYRING_IN_DATA */
export function writeKeyringFile(
  path: string,
  keys: Pick<KeyMaterial, 'pseudonymKey' | 'pathKey' | 'created'>,
  { wrapping, dataFolder, replace = false }: WriteOptions = {},
): void {
  refuseInside(path, dataFolder);
  const file: z.infer<typeof fileSchema> = {
    cxrflowKeyring: 1,
    created: keys.created,
    pseudonymKey: keys.pseudonymKey.toString('base64'),
    pathKey: wrapping ? sealWithPassphrase(keys.pathKey, wrapping, WRAPPED) : keys.pathKey.toString('base64'),
  };
  writePrivate(path, `${JSON.stringify(file, null, 2)}\n`, replace);
}

/**
 * Writes a file that only its owner may read, through a temporary name.
 *
 * @throws CxrError KEYRING_EXISTS, KEYRING_NOT_WRITTEN
 */
export function writePrivate(path: string, text: string, replace: boolean): void {
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}`);
  const failed = (cause: unknown) =>
    new CxrError('KEYRING_NOT_WRITTEN', `${path} (${errno(cause)})`, { cause });
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw failed(cause);
  }
  try {
    const fd = openSync(temporary, 'wx', 0o600);
    try {
      writeSync(fd, text);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    // A link, unlike a rename, fails where the name is taken.
    if (replace) renameSync(temporary, path);
    else linkSync(temporary, path);
  } catch (cause) {
    if (errno(cause) === 'EEXIST') throw new CxrError('KEYRING_EXISTS', path);
    throw failed(cause);
  } finally {
    rmSync(temporary, { force: true });
  }
}

/** A file that only its owner may read, or undefined where there is none. @throws CxrError KEYRING_PERMISSIONS */
export function readPrivate(path: string): string | undefined {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY);
  } catch (error) {
    if (errno(error) === 'ENOENT' || errno(error) === 'ENOTDIR') return undefined;
    if (errno(error) === 'EACCES') throw new CxrError('KEYRING_PERMISSIONS', 'this user may not read it');
    throw error;
  }
  try {
    const stat = fstatSync(fd);
    if (!stat.isFile()) throw new CxrError('KEY_INVALID', 'the keyring is not a file');
    // Windows has no such modes; its ACLs of the profile folder hold.
    if (process.platform !== 'win32' && (stat.mode & 0o077) !== 0)
      throw new CxrError('KEYRING_PERMISSIONS', `its mode is ${(stat.mode & 0o777).toString(8)}`);
    return readFileSync(fd, 'utf8');
  } finally {
    closeSync(fd);
  }
}

function parse(text: string): z.infer<typeof fileSchema> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    // The parser's message quotes the text, and the text is the key.
    throw new CxrError('KEY_INVALID', 'the keyring is not JSON');
  }
  const parsed = fileSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const fields = parsed.error.issues.map((issue) => issue.path.join('.') || 'file');
  throw new CxrError('KEY_INVALID', `wrong in the keyring: ${[...new Set(fields)].join(', ')}`);
}

function refuseInside(path: string, dataFolder: string | undefined): void {
  if (dataFolder === undefined) return;
  const way = relative(realPath(resolve(dataFolder)), realPath(path));
  if (way === '' || (!isAbsolute(way) && way.split(/[\\/]/)[0] !== '..'))
    throw new CxrError('KEYRING_IN_DATA');
}

/** The path with links resolved, as far down as it exists. */
function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : join(realPath(parent), basename(path));
  }
}

function errno(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
