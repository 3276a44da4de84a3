import { following, type Step } from './dates.js';

const NAMES = ['yyyy', 'MM', 'dd', 'date', 'next', 'key'] as const;
const PLACE = new RegExp(`\\{(${NAMES.join('|')})\\}`, 'g');

/**
 * An input with the partition's date in its texts: `{date}` as it is (`2024-03-31`, `2024-03`, `2024`), `{yyyy}`,
 * `{MM}`, `{dd}` its parts, `{next}` the date after it (a bound that is not included), `{key}` what names the partition.
 */
export function fillIn(
  input: Readonly<Record<string, unknown>>,
  date: string,
): Readonly<Record<string, unknown>> {
  const [yyyy = '', MM = '', dd = ''] = date.split('-');
  const values: Readonly<Record<string, string>> = { yyyy, MM, dd, date, next: following(date), key: date };
  return texts(input, (text) => text.replace(PLACE, (_, name: string) => values[name] ?? '')) as Readonly<
    Record<string, unknown>
  >;
}

/** The finest step that the places of an input ask for; undefined where it has none. */
export function stepOf(input: unknown): Step | undefined {
  const found = new Set<string>();
  texts(input, (text) => {
    for (const [, name = ''] of text.matchAll(PLACE)) found.add(name);
    return text;
  });
  if (['dd', 'date', 'next', 'key'].some((name) => found.has(name))) return 'day';
  return found.has('MM') ? 'month' : found.has('yyyy') ? 'year' : undefined;
}

/** Every text of a JSON value, replaced. */
function texts(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((one) => texts(one, change));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, texts(one, change)]));
}
