import type { BucketMetadata } from '@google-cloud/storage';
import type { LifecycleRule } from '../bucket.js';

export type GsRule = NonNullable<NonNullable<BucketMetadata['lifecycle']>['rule']>[number];

/** Rules have no names here; those of these shapes count as cxrflow's, for their prefix. */
export function ourPrefix({ action, condition }: GsRule): string | undefined {
  const { matchesPrefix = [], ...rest } = condition as Record<string, unknown> & { matchesPrefix?: string[] };
  const shape = Object.keys(rest).join();
  const deletes = action.type === 'Delete' && shape === 'daysSinceNoncurrentTime';
  const cools = action.type === 'SetStorageClass' && shape === 'age';
  if ((!deletes && !cools) || matchesPrefix.length > 1) return undefined;
  return matchesPrefix[0] ?? '';
}

/** The rules of a bucket as they are shown: what cxrflow made of one prefix is one rule, each other its own. */
export function fromGs(rules: readonly GsRule[]): readonly LifecycleRule[] {
  const ours = new Map<string, GsRule[]>();
  const foreign: LifecycleRule[] = [];
  for (const rule of rules) {
    const prefix = ourPrefix(rule);
    if (prefix === undefined)
      foreign.push({
        prefix: '',
        colder: [],
        foreign: `${rule.action.type} by ${Object.keys(rule.condition).join()}`,
      });
    else ours.set(prefix, [...(ours.get(prefix) ?? []), rule]);
  }
  const shown = [...ours].map(([prefix, parts]): LifecycleRule => {
    const days = parts.find(({ action }) => action.type === 'Delete')?.condition.daysSinceNoncurrentTime;
    return {
      prefix,
      ...(days !== undefined && { deleteNoncurrentDays: days }),
      colder: parts
        .filter(({ action }) => action.type === 'SetStorageClass')
        .map(({ action, condition }) => ({
          days: condition.age ?? 0,
          storageClass: action.storageClass ?? '',
        })),
    };
  });
  return [...shown, ...foreign];
}

export function toGs({ prefix, deleteNoncurrentDays, colder }: LifecycleRule): readonly GsRule[] {
  const below = prefix === '' ? {} : { matchesPrefix: [prefix] };
  return [
    ...colder.map(({ days, storageClass }) => ({
      action: { type: 'SetStorageClass' as const, storageClass },
      condition: { age: days, ...below },
    })),
    ...(deleteNoncurrentDays === undefined
      ? []
      : [
          {
            action: { type: 'Delete' as const },
            condition: { daysSinceNoncurrentTime: deleteNoncurrentDays, ...below },
          },
        ]),
  ];
}
