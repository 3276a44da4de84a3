import { createHash } from 'node:crypto';
import { CxrError } from '../../errors.js';
import type { Rereadable } from '../bucket.js';
import { atMost } from '../keys.js';
import type { S3Requests } from './request.js';
import { completion, PART_BYTES } from './upload.js';
import { etag, field, plainKey } from './xml.js';

const PARTS_AT_ONCE = 4;
const MAX_PARTS = 10_000;

async function* upTo(count: number): AsyncGenerator<number> {
  for (let number = 1; number <= count; number++) yield number;
}

interface Part {
  readonly number: number;
  readonly md5: string;
}

/**
 * Uploads a body in parts and leaves them when it fails, so that the next call, in whatever process, sends only
 * what is missing: a part that is there counts if its MD5 is that of the same bytes here.
 *
 * @throws CxrError TOO_LARGE over 10,000 parts
 */
export async function putInParts(
  requests: S3Requests,
  name: string,
  body: Rereadable,
  { contentType, signal }: { readonly contentType: string; readonly signal?: AbortSignal | undefined },
): Promise<void> {
  const count = Math.max(1, Math.ceil(body.size / PART_BYTES));
  if (count > MAX_PARTS) throw new CxrError('TOO_LARGE', `over ${MAX_PARTS * PART_BYTES} bytes`);
  const begun = await begunBefore(requests, name, signal);
  const uploadId = begun?.uploadId ?? (await begin(requests, name, contentType, signal));
  const tags = new Array<string>(count).fill('');
  await atMost(PARTS_AT_ONCE, upTo(count), async (number) => {
    signal?.throwIfAborted();
    const start = (number - 1) * PART_BYTES;
    const bytes = await body.read(start, Math.min(body.size, start + PART_BYTES));
    const md5 = createHash('md5').update(bytes).digest('hex');
    tags[number - 1] = md5;
    if (begun?.parts.get(number) === md5) return;
    const query = { partNumber: String(number), uploadId };
    const { answer } = await requests.text({ method: 'PUT', name, query, body: bytes, signal });
    tags[number - 1] = etag(answer.headers.etag);
  });
  const done = await requests.text({
    method: 'POST',
    name,
    query: { uploadId },
    body: completion(tags),
    signal,
  });
  // It may begin with 200 and then fail.
  if (done.body.includes('<Error>')) throw new CxrError('STORAGE_IO', field(done.body, 'Code'));
}

async function begin(
  requests: S3Requests,
  name: string,
  contentType: string,
  signal: AbortSignal | undefined,
) {
  const headers = { 'content-type': contentType };
  const { body } = await requests.text({ method: 'POST', name, query: { uploads: '' }, headers, signal });
  return field(body, 'UploadId');
}

/** The newest upload of this object that was begun and never completed, with its parts. */
async function begunBefore(
  requests: S3Requests,
  name: string,
  signal: AbortSignal | undefined,
): Promise<{ readonly uploadId: string; readonly parts: ReadonlyMap<number, string> } | undefined> {
  const query = { uploads: '', prefix: name, 'encoding-type': 'url' };
  const { body } = await requests.text({ method: 'GET', query, signal });
  const uploads = [...body.matchAll(/<Upload>(.*?)<\/Upload>/gs)]
    .map(([, xml = '']) => ({
      name: plainKey(field(xml, 'Key')),
      uploadId: field(xml, 'UploadId'),
      at: field(xml, 'Initiated'),
    }))
    .filter((one) => one.name === name)
    .sort((a, b) => (a.at < b.at ? 1 : -1));
  const [newest] = uploads;
  if (newest === undefined) return undefined;
  const parts = new Map<number, string>();
  for (let marker: string | undefined = '0'; marker !== undefined; ) {
    const page: string = (
      await requests.text({
        method: 'GET',
        name,
        query: { uploadId: newest.uploadId, 'part-number-marker': marker },
        signal,
      })
    ).body;
    for (const { number, md5 } of partsOf(page)) parts.set(number, md5);
    marker = field(page, 'IsTruncated') === 'true' ? field(page, 'NextPartNumberMarker') : undefined;
  }
  return { uploadId: newest.uploadId, parts };
}

function partsOf(xml: string): Part[] {
  return [...xml.matchAll(/<Part>(.*?)<\/Part>/gs)].map(([, part = '']) => ({
    number: Number(field(part, 'PartNumber')),
    md5: etag(field(part, 'ETag')),
  }));
}
