import type { ObjectStore } from '../../../storage/port.js';
import { each } from '../../each.js';
import { isDate, type Range, touches } from './dates.js';
import type { Template } from './template.js';

const FOLDERS_AT_ONCE = 8;

/** A part of a source: what lies below these prefixes; `shallow` leaves the folders there out. */
export interface SourcePart {
  readonly prefixes: readonly string[];
  readonly shallow?: true;
}

/** Year, month and day as far as they are known. */
interface Parts {
  readonly yyyy?: string;
  readonly MM?: string;
  readonly dd?: string;
}

/**
 * Dates that a source has, with where they lie, in order. Only folders on the way to a date in the range are listed.
 * @throws CxrError of the store
 */
export async function findDates(
  store: ObjectStore,
  { segments, begins }: Template,
  range: Range,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, SourcePart>> {
  const found = new Map<string, Set<string>>();
  const note = (parts: Parts, prefix: string) => {
    const date = dateOf(parts);
    if (date === undefined || !isDate(date)) return;
    found.set(date, (found.get(date) ?? new Set()).add(prefix));
  };
  /** @param lanes listings at a time; where the names branch first they are shared out, so that they do not multiply */
  const descend = async (prefix: string, depth: number, parts: Parts, lanes: number): Promise<void> => {
    const segment = segments[depth];
    if (segment === undefined) return note(parts, prefix);
    if ('literal' in segment) {
      const below = `${prefix}${segment.literal}/`;
      if (depth < segments.length - 1 || (await holdsAnything(store, below, signal)))
        await descend(below, depth + 1, parts, lanes);
      return;
    }
    const last = depth === segments.length - 1;
    const next: { prefix: string; parts: Parts }[] = [];
    const look = (name: string, folder: boolean) => {
      const match = segment.pattern.exec(name);
      if (match === null) return;
      const now: Parts = { ...parts, ...match.groups };
      const date = dateOf(now);
      if (date !== undefined && !touches(range, date)) return;
      if (last && begins) note(now, prefix + match[0]);
      else if (folder) next.push({ prefix: `${prefix}${name}/`, parts: now });
    };
    const onFolder = (key: string) => look(key.slice(prefix.length, -1), true);
    for await (const { key } of store.list(prefix, { signal, onFolder }))
      look(key.slice(prefix.length), false);
    const below = next.length > 1 ? 1 : lanes;
    await each(next, lanes, (one) => descend(one.prefix, depth + 1, one.parts, below));
  };
  await descend('', 0, {}, FOLDERS_AT_ONCE);
  return new Map(
    [...found]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([date, prefixes]) => [date, { prefixes: [...prefixes].sort() }]),
  );
}

/** The folders of a source, and last the files that lie beside them. */
export async function findFolders(store: ObjectStore, signal: AbortSignal): Promise<readonly SourcePart[]> {
  const folders: string[] = [];
  let loose = false;
  for await (const _ of store.list('', { signal, onFolder: (key) => folders.push(key) })) loose = true;
  const parts: SourcePart[] = folders.sort().map((prefix) => ({ prefixes: [prefix] }));
  return loose ? [...parts, { prefixes: [''], shallow: true }] : parts;
}

/** As far as it is known without a gap. */
function dateOf({ yyyy, MM, dd }: Parts): string | undefined {
  if (yyyy === undefined) return undefined;
  if (MM === undefined) return yyyy;
  return dd === undefined ? `${yyyy}-${MM}` : `${yyyy}-${MM}-${dd}`;
}

async function holdsAnything(store: ObjectStore, prefix: string, signal: AbortSignal): Promise<boolean> {
  for await (const _ of store.list(prefix, { signal })) return true;
  return false;
}
