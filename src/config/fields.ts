/** The building blocks of the configuration's schema; each message is what was expected, as `load.ts` prints it. */
import { z } from 'zod';
import { parseDuration, parseSize } from './units.js';

export const whole = (min: number, max: number) => {
  const error = `a whole number from ${min} to ${max}`;
  return z.number({ error }).int({ error }).min(min, { error }).max(max, { error });
};
export const fraction = () => {
  const error = 'a number from 0 to 1';
  return z.number({ error }).min(0, { error }).max(1, { error });
};
export const positive = () => {
  const error = 'a number above 0';
  return z.number({ error }).positive({ error });
};
export const yesNo = () => z.boolean({ error: 'true or false' });
export const oneOf = <const T extends readonly [string, ...string[]]>(...values: T) =>
  z.enum(values, { error: `one of ${values.join(', ')}` });
export const named = (pattern: RegExp, error: string) => z.string({ error }).regex(pattern, { error });
export const some = (error: string) => z.string({ error }).min(1, { error });
export const path = () => some('a path');
const variable = () => named(/^[A-Za-z_][A-Za-z0-9_]*$/, 'the name of an environment variable');
export const section = <T extends z.core.$ZodShape>(shape: T) =>
  z.strictObject(shape, {
    error: (issue) => (issue.code === 'invalid_type' ? 'a section of keys' : undefined),
  });

/** Text with a unit, to a number: what is written `10m` reads back as milliseconds, `1GiB` as bytes. */
const withUnit = (read: (text: string) => number | undefined, error: string) =>
  z.string({ error }).transform((text, context) => {
    const value = read(text);
    if (value !== undefined) return value;
    context.addIssue({ code: 'custom', message: error });
    return z.NEVER;
  });
export const duration = () => withUnit(parseDuration, 'a duration such as 60s, 10m, 12h or 30d');
export const size = () => withUnit(parseSize, 'a size such as 512MiB or 2GB');

/** The schemes a store is opened by; `load.ts` has already made plain paths `file://` URIs. */
const uri = (...schemes: readonly string[]) =>
  named(
    new RegExp(`^(${schemes.join('|')})://[^\\s]+$`),
    `a URI of the scheme ${schemes.map((s) => `${s}://`).join(', ')}, or a path`,
  );
export const storeUri = () => uri('file', 's3', 'gs');
export const hostPort = () => named(/^[^\s:/@]+:\d{1,5}$/, 'an address such as temporal.example.org:7233');
export const httpUrl = () => named(/^https?:\/\/[^\s]+$/, 'a URL of the scheme http:// or https://');

export const name = /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/;
export const nameText = 'a name of letters, digits, - and _';
export const table = <T extends z.ZodType>(value: T) =>
  z.record(named(name, nameText), value, { error: 'a section of names' });

export const timezone = () =>
  z
    .string({ error: 'a time zone such as Europe/Kyiv' })
    .refine(isTimezone, { error: 'a time zone such as Europe/Kyiv' });

const secret = (key: string) => ({
  [`${key}From`]: variable().optional(),
  [`${key}File`]: path().optional(),
});
type SecretRef<K extends string> = { [P in `${K}From` | `${K}File`]: z.ZodOptional<z.ZodString> };
/** A secret is never a value of the file: `<key>From` names the variable that holds it, `<key>File` the file. */
export const secretRef = <const K extends string>(key: K) => secret(key) as SecretRef<K>;

function isTimezone(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }) !== undefined;
  } catch {
    return false; // RangeError is how Intl says that it knows no such zone
  }
}
