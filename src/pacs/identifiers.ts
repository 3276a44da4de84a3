import type { KnownIdentifiers } from '../privacy/text.js';

type Kind = 'names' | 'ids' | 'birthDates' | 'dates' | 'phones' | 'phrases';

/** What a further column of the query holds, by its name. */
const KINDS: readonly (readonly [RegExp, Kind | undefined])[] = [
  // Clinical columns identify nobody, and their words stand in every report.
  [
    /modality|body_?part|view|descr|sex|gender|age$|laterality|status|priority|proced|exam|protocol|deleted/i,
    undefined,
  ],
  [/birth|dob/i, 'birthDates'],
  [/date|time|_at$|_on$/i, 'dates'],
  [/phone|mobile|fax/i, 'phones'],
  [/address|street|city|institution|hospital|department|facility/i, 'phrases'],
  [/name|physician|doctor|radiologist|referr|reader|operator|technologist|author|signed/i, 'names'],
  [/(^|_)(id|no|nr|number|mrn|accession|uid)(_|$)/i, 'ids'],
];

/** The further columns of a study's rows, as what is known of its patient. */
export function knownOfColumns(columns: Readonly<Record<string, readonly string[]>>): KnownIdentifiers {
  const known = {
    names: [] as string[],
    ids: [] as string[],
    dates: [] as string[],
    birthDates: [] as string[],
    phones: [] as string[],
    phrases: [] as string[],
  };
  for (const [column, values] of Object.entries(columns)) {
    const named = KINDS.find(([pattern]) => pattern.test(column));
    if (named !== undefined && named[1] === undefined) continue;
    for (const value of values) {
      // Of a column that its name does not explain, what holds a digit is a number, the rest a name.
      const kind = named?.[1] ?? (/\d/.test(value) ? 'ids' : 'names');
      if (kind === 'names') known.names.push(nameForm(value));
      else if (kind === 'dates' || kind === 'birthDates') known[kind].push(...dicomDate(value));
      else known[kind].push(value);
    }
  }
  return known;
}

/** `DOE^JOHN`, `Doe, John` and `John Doe`, as the person names that the cleaner knows (PS3.5 6.2.1). */
function nameForm(value: string): string {
  if (value.includes('^')) return value;
  const [family = '', given] = value.split(',', 2);
  if (given !== undefined) return `${family.trim()}^${given.trim()}`;
  const words = value.trim().split(/\s+/);
  const last = words.pop() ?? '';
  return words.length === 0 ? last : `${last}^${words.join(' ')}`;
}

/** `1945-08-03…` as `19450803`; other forms are found in the text by their own look. */
function dicomDate(value: string): readonly string[] {
  const [, year, month, day] = /^\s*(\d{4})-?(\d\d)-?(\d\d)/.exec(value) ?? [];
  return year === undefined ? [] : [`${year}${month}${day}`];
}
