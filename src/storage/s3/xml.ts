import type { ObjectInfo } from '../port.js';

/**
 * The two answers of S3 that are read here. Not by a general parser: those make numbers of keys like `007`, trim
 * them, and take seconds for 1,000 keys. Keys come URL-encoded (`encoding-type=url`), so no markup can be in them.
 */
export interface ListPage {
  readonly objects: readonly ObjectInfo[];
  /** Where the next page begins; undefined on the last. */
  readonly next: string | undefined;
}

/** @param prefix of the root, taken off the keys */
export function parseList(xml: string, prefix: string): ListPage {
  const objects: ObjectInfo[] = [];
  for (const [, content = ''] of xml.matchAll(/<Contents>(.*?)<\/Contents>/gs)) {
    const name = decodeURIComponent(field(content, 'Key').replaceAll('+', ' '));
    objects.push({
      key: name.slice(prefix.length),
      size: Number(field(content, 'Size')),
      version: etag(field(content, 'ETag')),
      modified: Date.parse(field(content, 'LastModified')),
    });
  }
  const more = field(xml, 'IsTruncated') === 'true';
  return { objects, next: more ? field(xml, 'NextContinuationToken') : undefined };
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
