import { Argument, InvalidArgumentError, Option } from 'commander';
import { parseDuration } from '../../config/units.js';
import type { LifecycleRule } from '../../storage/bucket.js';
import { parseRoot } from '../../storage/open.js';
import type { DeploymentOptions } from '../options.js';
import { note, print, printJson } from '../output.js';
import { type Sub, withBucket } from './sub.js';

const DAY = 86_400_000;
const DEFAULTS = { deleteNoncurrentDays: 90, colderDays: [30, 90], abortUploadDays: 7 } as const;

type Step = LifecycleRule['colder'][number];

interface LifecycleOptions extends DeploymentOptions {
  readonly deleteNoncurrent?: number | 'never';
  readonly colder?: readonly Step[];
}

/** `versioning` and `lifecycle`: what a bucket is told once. */
export function settingCommands(sub: Sub): void {
  sub(
    'versioning <uri>',
    'whether the bucket keeps what is replaced or deleted; with on or off, from now on',
    'cxrflow storage versioning s3://cxr on',
  )
    .addArgument(new Argument('[state]').choices(['on', 'off']))
    .action((uri: string, state: 'on' | 'off' | undefined, options: DeploymentOptions) =>
      withBucket(uri, options, async (bucket) => {
        if (state !== undefined) await bucket.setVersioning(state === 'on');
        const now = await bucket.versioning();
        if (options.json) printJson({ root: bucket.root, versioning: now });
        else print(now);
      }),
    );

  sub(
    'lifecycle <uri>',
    'rules by age for the objects below the URI: show (all of the bucket), set, remove',
    'cxrflow storage lifecycle s3://cxr set --delete-noncurrent 90d --colder 30d:STANDARD_IA,90d:GLACIER_IR',
  )
    .addArgument(new Argument('[action]').choices(['show', 'set', 'remove']).default('show'))
    .addOption(
      new Option(
        '--delete-noncurrent <time>',
        'delete what was replaced or deleted so long ago, or never',
      ).argParser((text) => (text === 'never' ? text : days(text))),
    )
    .addOption(
      new Option(
        '--colder <steps>',
        'cheaper storage classes by age, TIME:CLASS,TIME:CLASS, or none (default: 30d and 90d)',
      ).argParser(steps),
    )
    .action((uri: string, action: 'show' | 'set' | 'remove', options: LifecycleOptions) =>
      withBucket(uri, options, async (bucket) => {
        const root = parseRoot(uri);
        const prefix = root.scheme === 'file' ? '' : root.prefix;
        let missing: readonly string[] = [];
        if (action === 'remove') await bucket.setLifecycle(prefix, undefined);
        if (action === 'set') {
          const rule = ruleOf(prefix, bucket.colderClasses, options);
          await bucket.setLifecycle(prefix, rule);
          missing = notKept(rule, await bucket.lifecycle());
        }
        const rules = await bucket.lifecycle();
        if (options.json) printJson({ root: bucket.root, rules, notKept: missing });
        else for (const rule of rules) print(described(rule));
        if (rules.length === 0) note('The bucket has no lifecycle rules.');
        for (const what of missing) note(`The store took the rule without this part: ${what}`);
      }),
    );
}

function ruleOf(
  prefix: string,
  classes: readonly [string, string],
  { deleteNoncurrent = DEFAULTS.deleteNoncurrentDays, colder }: LifecycleOptions,
): LifecycleRule {
  return {
    prefix,
    ...(deleteNoncurrent === 'never' ? {} : { deleteNoncurrentDays: deleteNoncurrent }),
    colder:
      colder ?? DEFAULTS.colderDays.map((days, i) => ({ days, storageClass: classes[i] ?? classes[0] })),
    abortUploadDays: DEFAULTS.abortUploadDays,
  };
}

/** What of a rule the store did not keep. */
function notKept(wanted: LifecycleRule, rules: readonly LifecycleRule[]): readonly string[] {
  const there = rules.find(({ prefix, foreign }) => prefix === wanted.prefix && foreign === undefined);
  return partsOf(wanted).filter((part) => !(there && partsOf(there).includes(part)));
}

function partsOf({ deleteNoncurrentDays, colder, abortUploadDays }: LifecycleRule): readonly string[] {
  return [
    ...colder.map(({ days, storageClass }) => `${storageClass} after ${days} days`),
    ...(deleteNoncurrentDays === undefined
      ? []
      : [`delete what is not current after ${deleteNoncurrentDays} days`]),
    ...(abortUploadDays === undefined ? [] : [`drop unfinished uploads after ${abortUploadDays} days`]),
  ];
}

function described(rule: LifecycleRule): string {
  const where = rule.prefix === '' ? 'all objects' : rule.prefix;
  const whose = rule.foreign === undefined ? '' : `  (not by cxrflow: ${rule.foreign})`;
  return `${where}: ${partsOf(rule).join('; ') || 'other actions'}${whose}`;
}

function steps(text: string): readonly Step[] {
  if (text === 'none') return [];
  const parsed = text.split(',').map((step) => {
    const [time = '', storageClass = ''] = step.split(':');
    if (!/^[A-Z][A-Z0-9_-]{1,63}$/i.test(storageClass))
      throw new InvalidArgumentError('TIME:CLASS, such as 30d:STANDARD_IA');
    return { days: days(time), storageClass };
  });
  if (parsed.some(({ days }, i) => days <= (parsed[i - 1]?.days ?? 0)))
    throw new InvalidArgumentError('each step later than the one before it');
  return parsed;
}

function days(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined || ms < DAY || ms % DAY !== 0)
    throw new InvalidArgumentError('whole days with their unit: 90d');
  return ms / DAY;
}
