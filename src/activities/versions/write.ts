import { createHash } from 'node:crypto';
import type { VersionFile } from '../../datasets/version/manifest.js';
import { isCxrError } from '../../errors.js';
import type { ObjectStore, WriteOptions } from '../../storage/port.js';

export type Body = Uint8Array | AsyncIterable<Uint8Array>;

/**
 * Writes one file of a version from its first byte, and says what was written. Create-only: a worker that everyone
 * took for dead cannot write over a version that was finished without it. A file that is there already, of an attempt
 * that died behind it, is kept where its bytes are the same, else made anew.
 *
 * @param prefix folder of the version, ending with `/`
 * @param make gives the content, each time from its beginning
 */
export async function writeVersionFile(
  store: ObjectStore,
  prefix: string,
  path: string,
  make: () => Body | Promise<Body>,
  options: Omit<WriteOptions, 'ifAbsent'> = {},
): Promise<VersionFile> {
  const write = async (): Promise<VersionFile> => {
    const hashed = hashing(await make());
    await store.write(`${prefix}${path}`, hashed.body, { ...options, ifAbsent: true });
    return { path, ...hashed.result() };
  };
  try {
    return await write();
  } catch (error) {
    if (!isCxrError(error) || error.code !== 'ALREADY_EXISTS') throw error;
  }
  const mine = await hashAll(await make());
  const there = await hashStored(store, `${prefix}${path}`, options.signal);
  if (there?.sha256 === mine.sha256) return { path, ...mine };
  await store.delete(`${prefix}${path}`);
  return await write();
}

/** Bytes and SHA-256 of an object, streaming; undefined where there is none. */
export async function hashStored(
  store: ObjectStore,
  key: string,
  signal?: AbortSignal,
): Promise<{ readonly bytes: number; readonly sha256: string } | undefined> {
  try {
    return await hashAll(await store.readStream(key, signal ? { signal } : {}));
  } catch (error) {
    if (isCxrError(error) && error.code === 'NOT_FOUND') return undefined;
    throw error;
  }
}

async function hashAll(body: Body): Promise<{ bytes: number; sha256: string }> {
  const hashed = hashing(body);
  for await (const _ of hashed.body);
  return hashed.result();
}

function hashing(content: Body) {
  const hash = createHash('sha256');
  let bytes = 0;
  async function* body(): AsyncGenerator<Uint8Array> {
    for await (const chunk of content instanceof Uint8Array ? [content] : content) {
      hash.update(chunk);
      bytes += chunk.byteLength;
      yield chunk;
    }
  }
  return { body: body(), result: () => ({ bytes, sha256: hash.digest('hex') }) };
}
