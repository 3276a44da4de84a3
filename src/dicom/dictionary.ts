/** The attributes of DICOM PS3.6: VR, VM and keyword by tag, and tag by keyword. */
import type { Tag } from './dataset.js';
import { ATTRIBUTES } from './dictionary-data.js';

export interface Attribute {
  /** As registered: `x` stands for any digit of a repeating group (`60xx3000`). */
  readonly tag: string;
  /** Two letters, or a choice: `US or SS`, `OB or OW`, `US or OW`, `US or SS or OW`. */
  readonly vr: string;
  /** Value multiplicity, e.g. `1`, `1-n`, `2-2n`. */
  readonly vm: string;
  readonly keyword: string;
}

interface Registry {
  readonly byTag: ReadonlyMap<string, Attribute>;
  readonly byKeyword: ReadonlyMap<string, Attribute>;
}

let made: Registry | undefined;

/** Made when first asked: explicit VR files are read without it, and every thread would pay for it at its start. */
function registry(): Registry {
  if (made !== undefined) return made;
  const byTag = new Map<string, Attribute>();
  const byKeyword = new Map<string, Attribute>();
  for (const line of ATTRIBUTES.trim().split('\n')) {
    const [tag = '', vr = '', vm = '', keyword = ''] = line.split('|');
    const attribute: Attribute = { tag, vr, vm, keyword };
    byTag.set(tag, attribute);
    byKeyword.set(keyword, attribute);
  }
  made = { byTag, byKeyword };
  return made;
}

/** The registered attribute of a tag, repeating groups (PS3.5 7.6) included; undefined when private or unknown. */
export function attributeOf(tag: Tag): Attribute | undefined {
  const { byTag } = registry();
  return (
    byTag.get(tag) ??
    byTag.get(`${tag.slice(0, 2)}xx${tag.slice(4)}`) ??
    byTag.get(`${tag.slice(0, 6)}xx`) ??
    byTag.get(`${tag.slice(0, 6)}x${tag.slice(7)}`) ??
    byTag.get(`${tag.slice(0, 4)}xxx${tag.slice(7)}`) ??
    byTag.get(`${tag.slice(0, 4)}xxxx`)
  );
}

/** True for a tag of an odd group (PS3.5 7.8). */
export function isPrivate(tag: Tag): boolean {
  return (Number.parseInt(tag.slice(3, 4), 16) & 1) === 1;
}

/**
 * The VR that a tag has where the file does not say (implicit VR): the registered one or the choice as
 * registered, `UL` for group lengths, `LO` for private creators (PS3.5 7.8.1), else `UN`.
 */
export function vrOf(tag: Tag): string {
  if (tag.endsWith('0000')) return 'UL';
  if (isPrivate(tag)) return tag.startsWith('00', 4) && tag.slice(6) >= '10' ? 'LO' : 'UN';
  return attributeOf(tag)?.vr ?? 'UN';
}

export function keywordOf(tag: Tag): string | undefined {
  return attributeOf(tag)?.keyword;
}

/** The tag of a keyword of PS3.6, spelled exactly; undefined when there is none or it names a repeating group. */
export function tagOf(keyword: string): Tag | undefined {
  const tag = registry().byKeyword.get(keyword)?.tag;
  return tag?.includes('x') ? undefined : tag;
}
