import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { CxrError, isCxrError } from '../../errors.js';
import type { Bucket, StoredSum, Versioning } from '../bucket.js';
import { isFolderMarker, objectName } from '../keys.js';
import { limited } from '../limit.js';
import type { S3Options } from '../open.js';
import type { CallOptions } from '../port.js';
import type { Root } from '../uri.js';
import { isOurs, lifecycleXml, parseLifecycle, ruleXml } from './lifecycle.js';
import { putInParts } from './parts.js';
import { escapeUri, s3Requests } from './request.js';
import { etag, field, parseVersions } from './xml.js';

/** A single copy moves up to this. */
const COPY_BYTES = 5 * 2 ** 30;

export function s3Bucket(root: Extract<Root, { bucket: string }>, options: S3Options): Bucket {
  const { bucket, prefix } = root;
  const requests = s3Requests(bucket, options);
  const nameOf = (key: string) => objectName(prefix, key);
  const configure = (what: string, xml: string, { signal }: CallOptions) =>
    requests.text({
      method: 'PUT',
      query: { [what]: '' },
      body: xml,
      headers: { 'content-md5': createHash('md5').update(xml).digest('base64') },
      signal,
    });

  const rules = async ({ signal }: CallOptions): Promise<string> => {
    try {
      return (await requests.text({ method: 'GET', query: { lifecycle: '' }, signal })).body;
    } catch (error) {
      if (isCxrError(error) && error.detail?.endsWith('NoSuchLifecycleConfiguration')) return '';
      throw error;
    }
  };

  return {
    scheme: 's3',
    root: root.uri,
    colderClasses: ['STANDARD_IA', 'GLACIER_IR'],

    async *versions(start, call = {}) {
      let markers: Readonly<Record<string, string>> | undefined = {};
      while (markers !== undefined) {
        const query = { versions: '', 'encoding-type': 'url', 'max-keys': '1000', prefix: prefix + start };
        const { body } = await requests.text({ method: 'GET', query: { ...query, ...markers }, ...call });
        const page = parseVersions(body, prefix);
        for (const one of page.versions) if (!isFolderMarker(one)) yield one;
        markers = page.next;
      }
    },

    async readVersion(key, version, call = {}) {
      const query = { versionId: version };
      const answer = await asked(() => requests.send({ method: 'GET', name: nameOf(key), query, ...call }));
      return Readable.from(limited(answer as AsyncIterable<Buffer>, call), { objectMode: false });
    },

    async restore(key, version, call = {}) {
      const name = nameOf(key);
      const head = await asked(() =>
        requests.send({ method: 'HEAD', name, query: { versionId: version }, ...call }),
      );
      head.resume();
      const size = Number(head.headers['content-length']);
      if (size > COPY_BYTES) throw new CxrError('TOO_LARGE', 'over 5 GB: fetch it and upload it instead');
      const from = `/${bucket}/${escapeUri(name).replaceAll('%2F', '/')}?versionId=${encodeURIComponent(version)}`;
      const { body, answer } = await requests.text({
        method: 'PUT',
        name,
        headers: { 'x-amz-copy-source': from },
        ...call,
      });
      // A copy may begin with 200 and then fail.
      if (body.includes('<Error>')) throw new CxrError('STORAGE_IO', `s3://${bucket} copy`);
      const made = answer.headers['x-amz-version-id']?.toString() ?? etag(field(body, 'ETag'));
      return { key, size, version: made, modified: Date.parse(field(body, 'LastModified')) };
    },

    async versioning(call = {}) {
      const { body } = await requests.text({ method: 'GET', query: { versioning: '' }, ...call });
      const state: Readonly<Record<string, Versioning>> = { Enabled: 'on', Suspended: 'suspended' };
      return state[field(body, 'Status')] ?? 'off';
    },

    async setVersioning(on, call = {}) {
      const status = on ? 'Enabled' : 'Suspended';
      await configure(
        'versioning',
        `<VersioningConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Status>${status}</Status></VersioningConfiguration>`,
        call,
      );
    },

    async lifecycle(call = {}) {
      return parseLifecycle(await rules(call)).map(({ rule }) => rule);
    },

    async setLifecycle(below, rule, call = {}) {
      const before = parseLifecycle(await rules(call));
      const kept = before
        .filter((one) => !(isOurs(one.xml) && one.rule.prefix === below))
        .map(({ xml }) => xml);
      const wanted = rule === undefined ? kept : [...kept, ruleXml(rule)];
      if (wanted.length === 0) {
        await requests.text({ method: 'DELETE', query: { lifecycle: '' }, ...call });
        return;
      }
      try {
        await configure('lifecycle', lifecycleXml(wanted), call);
      } catch (error) {
        throw asRefusal(error);
      }
    },

    async sum(key, call = {}) {
      try {
        const answer = await requests.send({ method: 'HEAD', name: nameOf(key), ...call });
        answer.resume();
        return sumOf(Number(answer.headers['content-length']), answer.headers);
      } catch (error) {
        if (isCxrError(error) && error.code === 'NOT_FOUND') return undefined;
        throw error;
      }
    },

    putInParts: (key, body, call) => putInParts(requests, nameOf(key), body, call),
    close: () => requests.close(),
  };
}

/** A version that is no version id is an invalid argument to S3; here it is simply not there. */
async function asked<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    // A mark of deletion answers 405; an id that cannot be one 400.
    if (
      isCxrError(error) &&
      /(InvalidArgument|InvalidVersionId|MethodNotAllowed|400|405)$/.test(error.detail ?? '')
    )
      throw new CxrError('NOT_FOUND', 'no such version, or a mark of deletion');
    throw error;
  }
}

/** Storage classes are the usual cause: stores other than Amazon's have none, or call them otherwise. */
function asRefusal(error: unknown): unknown {
  if (!isCxrError(error)) return error;
  const code = /(InvalidStorageClass|InvalidRequest|MalformedXML|NotImplemented|InvalidArgument)$/.exec(
    error.detail ?? '',
  )?.[1];
  if (code === undefined) return error;
  return new CxrError(
    'NOT_SUPPORTED_HERE',
    `the store refused the rule (${code}); it may not have these storage classes: try --colder none`,
  );
}

/** An ETag is the MD5 of the bytes but for encryption by KMS or the customer's key, and uploads in parts. */
function sumOf(size: number, headers: Readonly<Record<string, string | string[] | undefined>>): StoredSum {
  const encrypted =
    headers['x-amz-server-side-encryption'] === 'aws:kms' ||
    headers['x-amz-server-side-encryption-customer-algorithm'] !== undefined;
  const [, md5, count] = /^([0-9a-f]{32})(?:-(\d+))?$/.exec(etag(headers.etag?.toString())) ?? [];
  if (encrypted || md5 === undefined) return { size };
  return count === undefined ? { size, md5 } : { size, parts: { md5, count: Number(count) } };
}
