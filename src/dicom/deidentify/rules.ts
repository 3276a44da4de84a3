/** Site rules of a profile: what one site does otherwise than the table, by tag, keyword, VR or private creator. */
import { z } from 'zod';
import type { Tag } from '../dataset.js';
import { attributeOf, isPrivate, tagOf } from '../dictionary.js';
import { isVR } from '../vr.js';
import { fitsVR } from './values.js';

export const RULE_ACTIONS = ['keep', 'remove', 'replace', 'hash', 'shift'] as const;
export type RuleAction = (typeof RULE_ACTIONS)[number];

export const ruleSchema = z.strictObject({
  action: z.enum(RULE_ACTIONS),
  tag: z.string().optional(),
  keyword: z.string().optional(),
  vr: z.string().optional(),
  privateCreator: z.string().min(1).optional(),
  /** With `privateCreator`: the last two digits of the element, e.g. `0C`; without, the whole block. */
  element: z
    .string()
    .regex(/^[\da-f]{2}$/i, 'is two hex digits')
    .optional(),
  value: z.string().optional(),
});
export type RuleText = z.infer<typeof ruleSchema>;

export interface SiteRule {
  readonly action: RuleAction;
  readonly value: string | undefined;
}

export interface SiteRules {
  /** By tag, lower case; repeating groups as `60xx3000`. */
  readonly byTag: ReadonlyMap<string, SiteRule>;
  readonly byVR: ReadonlyMap<string, SiteRule>;
  /** By creator, or creator and `\n` and two hex digits. */
  readonly byCreator: ReadonlyMap<string, SiteRule>;
}

/** What the program itself writes into every file; a rule on it would never be followed. */
const OURS = new Set(['00100010', '00100020', '00120062', '00120063', '00120064', '00280303']);
const HASHABLE = new Set(['AE', 'CS', 'LO', 'LT', 'PN', 'SH', 'ST', 'UC', 'UT']);

/** Compiles rules; what is wrong with them goes to `errors`, one sentence a rule. */
export function compileRules(rules: readonly RuleText[], errors: string[]): SiteRules {
  const maps = { byTag: new Map(), byVR: new Map(), byCreator: new Map() } satisfies Record<
    keyof SiteRules,
    Map<string, SiteRule>
  >;
  rules.forEach((text, index) => {
    const target = targetOf(text);
    if (typeof target === 'string') errors.push(`rules.${index}: ${target}`);
    else if (maps[target.map].has(target.key)) errors.push(`rules.${index}: an earlier rule covers this`);
    else maps[target.map].set(target.key, { action: text.action, value: text.value });
  });
  return maps;
}

/** Where a rule belongs, or what is wrong with it. */
function targetOf(text: RuleText): { map: keyof SiteRules; key: string } | string {
  const { action, tag, keyword, vr, privateCreator, element, value } = text;
  const selectors = [tag, keyword, vr, privateCreator].filter((selector) => selector !== undefined);
  if (selectors.length !== 1) return 'needs one of tag, keyword, vr, privateCreator';
  if (element !== undefined && privateCreator === undefined) return 'element needs privateCreator';
  if ((action === 'replace') !== (value !== undefined)) return 'value belongs to replace, and only to it';

  if (privateCreator !== undefined) {
    if (action !== 'keep' && action !== 'remove') return 'private elements are kept or removed';
    const key = element === undefined ? privateCreator : `${privateCreator}\n${element.toLowerCase()}`;
    return { map: 'byCreator', key };
  }
  if (vr !== undefined) {
    if (!isVR(vr)) return `unknown VR ${vr.slice(0, 8)}`;
    return actionProblem(action, vr, value) ?? { map: 'byVR', key: vr };
  }
  const target = keyword === undefined ? parseTag(tag ?? '') : tagOf(keyword);
  if (target === undefined) return keyword === undefined ? 'malformed tag' : `unknown keyword ${keyword}`;
  const problem = tagProblem(target) ?? actionProblem(action, attributeOf(target)?.vr ?? 'UN', value);
  return problem ?? { map: 'byTag', key: target };
}

/** `0010,0020`, `(0010,0020)`, `00100020`, `60xx3000` in either case. */
function parseTag(text: string): string | undefined {
  const tag = text.replace(/[(),\s]/g, '').toLowerCase();
  return /^[\da-f]{8}$|^(50|60)xx[\da-f]{4}$/.test(tag) ? tag : undefined;
}

function tagProblem(tag: string): string | undefined {
  if (OURS.has(tag)) return 'this attribute is always written by the program';
  if (tag.startsWith('0002') || tag.endsWith('0000')) return 'file meta and group lengths are always rebuilt';
  if (isPrivate(tag))
    return 'a private element is chosen by its privateCreator, its tag differs from file to file';
  return undefined;
}

function actionProblem(action: RuleAction, vr: string, value: string | undefined): string | undefined {
  if (action === 'shift' && vr !== 'DA' && vr !== 'DT') return `shift is for dates, not for ${vr}`;
  if (action === 'hash' && !HASHABLE.has(vr)) return `${vr} holds no hash`;
  if (action === 'replace' && !fitsVR(vr, value ?? '')) return `the value is not valid for ${vr}`;
  return undefined;
}

/** The rule on a public attribute, if any; a rule on its tag counts before one on its VR. */
export function siteRule(
  rules: SiteRules,
  tag: Tag,
  vr: string,
): { rule: SiteRule; byVR: boolean } | undefined {
  const exact = rules.byTag.get(tag) ?? rules.byTag.get(`${tag.slice(0, 2)}xx${tag.slice(4)}`);
  if (exact !== undefined) return { rule: exact, byVR: false };
  const general = rules.byVR.get(vr);
  return general === undefined ? undefined : { rule: general, byVR: true };
}

/** The rule on a private element of a creator, if any; one on the element counts before one on the block. */
export function privateRule(rules: SiteRules, creator: string, element: string): SiteRule | undefined {
  return rules.byCreator.get(`${creator}\n${element}`) ?? rules.byCreator.get(creator);
}
