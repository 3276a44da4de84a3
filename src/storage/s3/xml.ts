import type { ObjectVersion } from '../bucket.js';
import type { ObjectInfo } from '../port.js';

/**
 * The answers of S3 that are read here. Not by a general parser: those make numbers of keys like `007`, trim
 * them, and take seconds for 1,000 keys. Keys come URL-encoded (`encoding-type=url`), so no markup can be in them.
 */
export interface ListPage {
  readonly objects: readonly ObjectInfo[];
  /** Of a listing by folder: their keys, each ending with `/`. */
  readonly folders: readonly string[];
  /** Where the next page begins; undefined on the last. */
  readonly next: string | undefined;
}

/** @param prefix of the root, taken off the keys */
export function parseList(xml: string, prefix: string): ListPage {
  const objects: ObjectInfo[] = [];
  for (const [, content = ''] of xml.matchAll(/<Contents>(.*?)<\/Contents>/gs)) {
    const name = plainKey(field(content, 'Key'));
    objects.push({
      key: name.slice(prefix.length),
      size: Number(field(content, 'Size')),
      version: etag(field(content, 'ETag')),
      modified: Date.parse(field(content, 'LastModified')),
    });
  }
  const folders = [...xml.matchAll(/<CommonPrefixes>(.*?)<\/CommonPrefixes>/gs)].map(([, content = '']) =>
    plainKey(field(content, 'Prefix')).slice(prefix.length),
  );
  const more = field(xml, 'IsTruncated') === 'true';
  return { objects, folders, next: more ? field(xml, 'NextContinuationToken') : undefined };
}

export interface VersionPage {
  readonly versions: readonly ObjectVersion[];
  /** What the next page is asked for by; undefined on the last. */
  readonly next: Readonly<Record<string, string>> | undefined;
}

/** @param prefix of the root, taken off the keys */
export function parseVersions(xml: string, prefix: string): VersionPage {
  const versions = [...xml.matchAll(/<(Version|DeleteMarker)>(.*?)<\/\1>/gs)].map(
    ([, kind, content = '']) => ({
      key: plainKey(field(content, 'Key')).slice(prefix.length),
      size: Number(field(content, 'Size')),
      version: field(content, 'VersionId'),
      modified: Date.parse(field(content, 'LastModified')),
      current: field(content, 'IsLatest') === 'true',
      deleted: kind === 'DeleteMarker',
    }),
  );
  if (field(xml, 'IsTruncated') !== 'true') return { versions, next: undefined };
  const next = {
    'key-marker': plainKey(field(xml, 'NextKeyMarker')),
    'version-id-marker': field(xml, 'NextVersionIdMarker'),
  };
  return { versions, next };
}

export function plainKey(urlEncoded: string): string {
  return decodeURIComponent(urlEncoded.replaceAll('+', ' '));
}

/** The text of the first element of this name, empty where there is none. */
export function field(xml: string, name: string): string {
  return plain(new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1] ?? '');
}

export function etag(text: string | undefined): string {
  return (text ?? '').replace(/^(W\/)?"|"$/g, '');
}

const ENTITIES: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function plain(text: string): string {
  return text.replace(
    /&(?:#(\d+)|#x([0-9a-f]+)|(\w+));/gi,
    (all, dec?: string, hex?: string, name?: string) => {
      if (name !== undefined) return ENTITIES[name] ?? all;
      return String.fromCodePoint(dec === undefined ? Number.parseInt(hex ?? '', 16) : Number(dec));
    },
  );
}
