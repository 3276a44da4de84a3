import { randomUUID } from 'node:crypto';
import { CxrError, isCxrError } from '../../errors.js';
import { chunked, limited } from '../limit.js';
import type { ObjectInfo, WriteOptions } from '../port.js';
import type { S3Answer, S3Request, S3Requests } from './request.js';
import { etag, field } from './xml.js';

/** A body up to this goes in one request; S3 takes at most 10,000 parts, so 160 GB in all. */
export const PART_BYTES = 1 << 24;
const MAX_PARTS = 10_000;
/** Names the write in the object's metadata: after a lost answer it tells our own success from another's. */
const WRITE_ID = 'x-amz-meta-cxrflow-write';

/**
 * Puts one object: whole in one request, or in parts that become visible together.
 *
 * @throws CxrError ALREADY_EXISTS when `ifAbsent` and there is one
 */
export async function upload(
  requests: S3Requests,
  name: string,
  key: string,
  body: Uint8Array | AsyncIterable<Uint8Array>,
  { ifAbsent = false, contentType = 'application/octet-stream', signal }: WriteOptions,
): Promise<ObjectInfo> {
  const id = randomUUID();
  const headers = { 'content-type': contentType, [WRITE_ID]: id };
  const condition = ifAbsent ? { 'if-none-match': '*' } : {};

  /** A request that must not be taken for refused when an earlier try of it got through. */
  const final = async (request: S3Request, size: number): Promise<ObjectInfo> => {
    let attempts = 0;
    try {
      const { body: xml, answer } = await requests.text({ ...request, name, signal }, (n) => {
        attempts = n;
      });
      // An answer in parts may begin with 200 and then fail (AWS: CompleteMultipartUpload).
      const failed = xml.includes('<Error>');
      if (failed) throw new CxrError('STORAGE_IO', field(xml, 'Code'));
      return infoOf(key, size, etag(answer.headers.etag) || etag(field(xml, 'ETag')), answer);
    } catch (error) {
      if (attempts < 2 || !isCxrError(error)) throw error;
      const there = await requests.send({ method: 'HEAD', name, signal }).catch(() => undefined);
      there?.resume();
      if (there?.headers[WRITE_ID] !== id) throw error;
      return infoOf(key, size, etag(there.headers.etag), there);
    }
  };

  const parts = partsOf(limited(chunked(body), signal ? { signal } : {}));
  const first = await parts.next();
  const start = first.value ?? Buffer.alloc(0);
  const second = first.done ? first : await parts.next();
  if (second.done)
    return final({ method: 'PUT', headers: { ...headers, ...condition }, body: start }, start.length);

  const begun = await requests.text({ method: 'POST', name, query: { uploads: '' }, headers, signal });
  const uploadId = field(begun.body, 'UploadId');
  try {
    const tags: string[] = [];
    let size = 0;
    const put = async (part: Buffer) => {
      if (tags.length === MAX_PARTS) throw new CxrError('TOO_LARGE', `over ${MAX_PARTS * PART_BYTES} bytes`);
      const query = { partNumber: String(tags.length + 1), uploadId };
      const { answer } = await requests.text({ method: 'PUT', name, query, body: part, signal });
      tags.push(etag(answer.headers.etag));
      size += part.length;
    };
    await put(start);
    await put(second.value);
    for await (const part of parts) await put(part);
    return await final(
      { method: 'POST', query: { uploadId }, headers: condition, body: completion(tags) },
      size,
    );
  } catch (error) {
    // Parts that nothing will complete cost storage; what this misses, a lifecycle rule removes.
    await requests.text({ method: 'DELETE', name, query: { uploadId } }).catch(() => undefined);
    throw error;
  }
}

/** Pieces of `PART_BYTES`, the last one shorter. */
async function* partsOf(source: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer, undefined> {
  let held: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of source)
    for (let at = 0; at < chunk.length; ) {
      const piece = chunk.subarray(at, at + PART_BYTES - bytes);
      held.push(piece);
      at += piece.length;
      bytes += piece.length;
      if (bytes < PART_BYTES) continue;
      yield Buffer.concat(held);
      held = [];
      bytes = 0;
    }
  if (bytes > 0) yield Buffer.concat(held);
}

export function completion(tags: readonly string[]): string {
  const parts = tags.map((tag, i) => `<Part><PartNumber>${i + 1}</PartNumber><ETag>"${tag}"</ETag></Part>`);
  return `<CompleteMultipartUpload>${parts.join('')}</CompleteMultipartUpload>`;
}

function infoOf(key: string, size: number, version: string, answer: S3Answer): ObjectInfo {
  const at = Date.parse(answer.headers['last-modified'] ?? answer.headers.date ?? '');
  return { key, size, version, modified: Number.isNaN(at) ? Date.now() : at };
}
