/** What happens to one attribute: the profile's site rules, then table E.1-1 with its options, then what it omits. */
import type { Tag } from '../dataset.js';
import { attributeOf, isPrivate } from '../dictionary.js';
import { isAllowed, isClassUid } from './allowed.js';
import type { Profile } from './profile.js';
import { privateRule, type SiteRule, siteRule } from './rules.js';
import { rowOf, type TableRow } from './table.js';
import { resolveAction, typeOf } from './types.js';

/**
 * - `keep`, `remove`, `empty`, `dummy`: as PS3.15 K, X, Z, D; the items of a sequence that stays are treated each
 * - `uid`: another UID, the same for the same original
 * - `text`: known identifiers and what looks like one leave the text
 * - `shift`: dates go back by the patient's days, times stay
 * - `band`: sex stays, age goes into a band
 * - `pseudonym`: the patient's
 * - `hash`, `replace`: site rules
 */
export type Action =
  | 'keep'
  | 'remove'
  | 'empty'
  | 'dummy'
  | 'uid'
  | 'text'
  | 'shift'
  | 'band'
  | 'pseudonym'
  | 'hash'
  | 'replace';

export interface Decision {
  readonly action: Action;
  /** What a value that cannot be shifted or banded falls back to. */
  readonly otherwise: 'remove' | 'empty' | 'dummy';
  /** Of a site rule's `replace`. */
  readonly value?: string | undefined;
  /** A site rule says so. */
  readonly site?: true;
}

export interface Place {
  /** SOP class of the object; types are only known at its top level. */
  readonly sopClass: string;
  readonly nested: boolean;
  /** Creator of a private element's block. */
  readonly creator?: string | undefined;
}

const PSEUDONYMS = new Set<Tag>(['00100010', '00100020']);
const SEX = '00100040';
const AGE = '00101010';
const TIME_VRS = new Set(['DA', 'DT', 'TM']);
const FREE_TEXT = new Set(['LO', 'SH', 'LT', 'ST', 'UT', 'UC']);

const DATES: TableRow['options'] = {
  retainLongitudinalModifiedDates: 'C',
  retainLongitudinalFullDates: 'K',
};
const UNLISTED: readonly [ReadonlySet<string>, Pick<TableRow, 'basic' | 'options'>][] = [
  [TIME_VRS, { basic: 'X/Z/D', options: DATES }],
  [FREE_TEXT, { basic: 'X/Z/D', options: { cleanDescriptors: 'C' } }],
  [new Set(['AE']), { basic: 'X/Z/D', options: { retainDeviceIdentity: 'C' } }],
  [new Set(['PN', 'UR']), { basic: 'X/Z/D', options: {} }],
];
/** In no registry, whatever its VR says: nobody can say what it holds. */
const UNKNOWN = { basic: 'X', options: {} } as const;

/**
 * @param vr of the attribute, the registered one where the file says UN
 */
export function decide(profile: Profile, tag: Tag, vr: string, place: Place): Decision {
  if (PSEUDONYMS.has(tag)) return { action: 'pseudonym', otherwise: 'empty' };
  if (isPrivate(tag)) return decidePrivate(profile, tag, place);
  const row =
    rowOf(tag) ?? (profile.unlisted === 'treat' && !isAllowed(tag) ? unlistedRow(tag, vr) : undefined);
  const site = siteRule(profile.rules, tag, vr);
  // A rule for a whole VR keeps what the table omits; what it lists is kept by name only.
  if (site !== undefined && !(site.byVR && site.rule.action === 'keep' && rowOf(tag) !== undefined))
    return ofRule(site.rule);
  if (profile.sexAndAge === 'bands' && (tag === SEX || tag === AGE))
    return { action: 'band', otherwise: tag === SEX ? 'empty' : 'remove' };
  if (row === undefined) return vr === 'UI' ? ofUid(profile, tag) : KEEP;
  return ofRow(profile, row, vr, tag, place);
}

const KEEP: Decision = { action: 'keep', otherwise: 'remove' };
const REMOVE: Decision = { action: 'remove', otherwise: 'remove' };

function decidePrivate(profile: Profile, tag: Tag, place: Place): Decision {
  if (place.creator === undefined) return REMOVE;
  const rule = privateRule(profile.rules, place.creator, tag.slice(6));
  return rule === undefined ? REMOVE : ofRule(rule);
}

function ofRule(rule: SiteRule): Decision {
  return { action: rule.action, otherwise: 'remove', value: rule.value, site: true };
}

/** PS3.15 E.3.9: UIDs that are in no row are instance UIDs too, unless they name a class. */
function ofUid(profile: Profile, tag: Tag): Decision {
  if (isClassUid(tag) || profile.options.has('retainUids')) return KEEP;
  return { action: 'uid', otherwise: 'remove' };
}

function unlistedRow(tag: Tag, vr: string): TableRow | undefined {
  const row = attributeOf(tag) === undefined ? UNKNOWN : UNLISTED.find(([vrs]) => vrs.has(vr))?.[1];
  return row === undefined ? undefined : { tag, name: '', ...row };
}

function ofRow(profile: Profile, row: TableRow, vr: string, tag: Tag, place: Place): Decision {
  const chosen = Object.entries(row.options).filter(([option]) => profile.options.has(option as never));
  const type = place.nested ? undefined : typeOf(tag, place.sopClass);
  // An empty sequence is valid as type 2 only, mapped items are as any type.
  const unsure = type === undefined && row.basic === 'X/Z' && vr === 'SQ';
  const basic = unsure ? 'D' : resolveAction(row.basic, type);
  const otherwise = basic === 'Z' ? 'empty' : basic === 'D' ? 'dummy' : 'remove';
  // PS3.15 E.3: where one option cleans what another keeps, cleaning is the safer reading.
  const cleaning = chosen.find(([, action]) => action === 'C')?.[0];
  if (cleaning !== undefined) {
    // The offset from UTC says where the patient was, and no shift changes that.
    if (tag === '00080201') return REMOVE;
    if (cleaning !== 'retainLongitudinalModifiedDates') return { action: 'text', otherwise };
    return TIME_VRS.has(vr)
      ? { action: vr === 'TM' ? 'keep' : 'shift', otherwise }
      : { action: otherwise, otherwise };
  }
  if (chosen.length > 0) return KEEP;
  if (basic === 'U') return { action: 'uid', otherwise: 'remove' };
  // U*: the items stay, and the UIDs in them are mapped.
  if (basic === 'U*') return KEEP;
  return { action: otherwise, otherwise };
}
