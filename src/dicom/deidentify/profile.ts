/** Profiles: what a run does to each attribute, as a YAML text that a privacy officer can read. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { parse, YAMLParseError } from 'yaml';
import { z } from 'zod';
import { CxrError } from '../../errors.js';
import { NOT_OFFERED, OPTIONS, type Option } from './options.js';
import { compileRules, ruleSchema, type SiteRules } from './rules.js';

export interface Profile {
  readonly name: string;
  readonly options: ReadonlySet<Option>;
  /** `bands`: sex stays and age goes into 5-year bands; `table`: as table E.1-1 and the options say. */
  readonly sexAndAge: 'bands' | 'table';
  /** What happens to names, dates, URLs and free text that the table does not list. */
  readonly unlisted: 'treat' | 'keep';
  readonly rules: SiteRules;
  /** The profile as it was written; `loadProfile(source)` gives the same profile, in another thread too. */
  readonly source: string;
  /** SHA-256 of `source`, 16 hex digits: which wording of the profile a report speaks of. */
  readonly hash: string;
}

const schema = z.strictObject({
  name: z.string().regex(/^[\w .-]{1,32}$/, 'is 1 to 32 letters, digits, dots, dashes or spaces'),
  base: z.literal('basic').default('basic'),
  options: z.partialRecord(z.enum(OPTIONS as [Option, ...Option[]]), z.boolean()).default({}),
  sexAndAge: z.enum(['bands', 'table']).default('table'),
  unlisted: z.enum(['treat', 'keep']).default('treat'),
  rules: z.array(ruleSchema).default([]),
});

const folder = new URL('../../../config/profiles/', import.meta.url);

/** Names of the profiles that come with the program. */
export function shippedProfiles(): readonly string[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => file.slice(0, -5));
}

/**
 * A shipped profile by its name, or one from its YAML text.
 *
 * @throws {CxrError} BAD_PROFILE with every error of the text: an unknown option or keyword, options that contradict
 *   each other, a rule that could never match
 */
export function loadProfile(nameOrYaml: string): Profile {
  if (!/[\n:]/.test(nameOrYaml)) {
    const known = shippedProfiles();
    if (!known.includes(nameOrYaml)) throw new CxrError('BAD_PROFILE', `known names are ${known.join(', ')}`);
    return compile(readFileSync(new URL(`${nameOrYaml}.yaml`, folder), 'utf8'));
  }
  return compile(nameOrYaml);
}

function compile(source: string): Profile {
  const checked = schema.safeParse(parseYaml(source));
  if (!checked.success) {
    const issues = checked.error.issues.map(
      (issue) => `${issue.path.join('.') || 'profile'}: ${issue.message}`,
    );
    throw new CxrError('BAD_PROFILE', issues.join('; '));
  }
  const { name, sexAndAge, unlisted, rules } = checked.data;
  const options = new Set(OPTIONS.filter((option) => checked.data.options[option] === true));
  const errors = [...optionErrors(options)];
  const compiled = compileRules(rules, errors);
  if (errors.length > 0) throw new CxrError('BAD_PROFILE', errors.join('; '));
  const hash = createHash('sha256').update(source).digest('hex').slice(0, 16);
  return { name, options, sexAndAge, unlisted, rules: compiled, source, hash };
}

function optionErrors(options: ReadonlySet<Option>): string[] {
  const errors = [...options]
    .filter((option) => NOT_OFFERED.has(option))
    .map((option) => `options.${option}: not offered; what it would clean is removed`);
  // PS3.15 E.3.6: either the dates are the true ones or they are not.
  if (options.has('retainLongitudinalFullDates') && options.has('retainLongitudinalModifiedDates'))
    errors.push('options: full and modified dates exclude each other');
  return errors;
}

function parseYaml(source: string): unknown {
  try {
    return parse(source, { maxAliasCount: 10 });
  } catch (error) {
    if (!(error instanceof YAMLParseError)) throw error;
    throw new CxrError('BAD_PROFILE', `YAML, line ${error.linePos?.[0].line ?? 1}: ${error.code}`);
  }
}
