import { CxrError } from '../errors.js';
import { nameToKey } from './file/names.js';

/** Where a store begins. `path` is absolute, as bytes written in latin1 (a folder's name need not be UTF-8). */
export type Root =
  | { readonly scheme: 'file'; readonly path: string; readonly uri: string }
  | {
      readonly scheme: 's3' | 'gs';
      readonly bucket: string;
      /** Empty, or ends with `/`. */
      readonly prefix: string;
      readonly uri: string;
    };

const EXPECTED = 'expected file:///folder, s3://bucket/prefix or gs://bucket/prefix';
const SHAPE = /^([a-z][a-z0-9+.-]*):\/\/([^/?#]*)(\/[^?#]*)?$/is;
const BUCKET = /^[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]$/i;

/**
 * Reads a root URI. In `file://` percent escapes stand for bytes (RFC 8089); in `s3://` and `gs://` a prefix is
 * taken as it is written, as the stores' own tools do.
 *
 * @throws CxrError CREDENTIALS_IN_URL, BAD_INPUT (unknown scheme, query string, `..`, no bucket). The URI is in
 * no message: it may hold a password.
 */
export function parseRoot(uri: string): Root {
  const authority = /^[a-z][a-z0-9+.-]*:\/\/([^/]*)/is.exec(uri)?.[1] ?? '';
  if (authority.includes('@')) throw new CxrError('CREDENTIALS_IN_URL');
  if (/^(file|s3|gs):/i.test(uri) && /[?#]/.test(uri))
    throw new CxrError('BAD_INPUT', `a root URI has no query string or fragment; ${EXPECTED}`);
  const [, rawScheme = '', host = '', rawPath = ''] = SHAPE.exec(uri) ?? [];
  const scheme = rawScheme.toLowerCase();
  if (scheme !== 'file' && scheme !== 's3' && scheme !== 'gs') throw new CxrError('BAD_INPUT', EXPECTED);
  const path = scheme === 'file' ? unescapeBytes(rawPath) : rawPath;
  const parts = path.split('/').filter((part) => part !== '');
  if (parts.some((part) => part === '.' || part === '..') || path.includes('\0'))
    throw new CxrError('BAD_INPUT', `a root URI has no "." or ".." parts; ${EXPECTED}`);
  if (scheme === 'file') {
    if ((host !== '' && host !== 'localhost') || !rawPath.startsWith('/'))
      throw new CxrError('BAD_INPUT', `a file URI has three slashes and a full path; ${EXPECTED}`);
    const clean = `/${parts.join('/')}`;
    return { scheme, path: clean, uri: `file://${escapeBytes(clean)}` };
  }
  if (!BUCKET.test(host)) throw new CxrError('BAD_INPUT', `no valid bucket name; ${EXPECTED}`);
  const prefix = parts.length === 0 ? '' : `${parts.join('/')}/`;
  return { scheme, bucket: host, prefix, uri: `${scheme}://${host}/${prefix}`.replace(/\/$/, '') };
}

/**
 * Splits the URI of one object into the root of a store and the key in it: `s3://b/runs/7/m.jsonl` is
 * `m.jsonl` in `s3://b/runs/7`.
 *
 * @throws CxrError as `parseRoot`; BAD_INPUT where no object is named.
 */
export function parseUri(uri: string): { readonly root: string; readonly key: string } {
  const root = parseRoot(uri);
  const path = root.scheme === 'file' ? root.uri.slice('file://'.length) : root.prefix.replace(/\/$/, '');
  const cut = path.lastIndexOf('/');
  const name = path.slice(cut + 1);
  if (name === '' || uri.endsWith('/')) throw new CxrError('BAD_INPUT', 'the URI names no object');
  if (root.scheme === 'file')
    return { root: `file://${path.slice(0, cut) || '/'}`, key: nameToKey(unescapeBytes(name)) };
  return { root: `${root.scheme}://${root.bucket}${cut < 0 ? '' : `/${path.slice(0, cut)}`}`, key: name };
}

/** The URI of a key of a store with this root. */
export function uriOf(root: string, key: string): string {
  const base = root.replace(/\/$/, '');
  // A key's own escapes (`%FF`, `%25`) are those of a file URI already; the rest is escaped for it here.
  return root.startsWith('file:')
    ? `${base}/${key.split('/').map(escapeKeyPart).join('/')}`
    : `${base}/${key}`;
}

/** The URI of a folder given by its path on this machine. */
export function fileUri(path: string): string {
  return `file://${escapeBytes(Buffer.from(path).toString('latin1'))}`;
}

function escapeKeyPart(part: string): string {
  return part
    .split(/(%[0-9A-F]{2})/)
    .map((piece, i) => (i % 2 === 1 ? piece : escapeBytes(Buffer.from(piece).toString('latin1'))))
    .join('');
}

function escapeBytes(latin1: string): string {
  return latin1.replace(
    /[^A-Za-z0-9/._~!$&'()*+,;=:@-]/gs,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
}

function unescapeBytes(text: string): string {
  return Buffer.from(text)
    .toString('latin1')
    .replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
