/** Durations and sizes as people write them in a configuration file. */

const MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const BYTES = {
  B: 1,
  kB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
};

/** Milliseconds of `500ms`, `60s`, `10m`, `12h`, `30d`; undefined when it is none. A bare number has no unit and is none. */
export function parseDuration(text: string): number | undefined {
  return parse(text, MS);
}

/** Bytes of `512MiB`, `2GB`, `100kB`, `64B`; undefined when it is none. */
export function parseSize(text: string): number | undefined {
  return parse(text, BYTES);
}

function parse(text: string, units: Readonly<Record<string, number>>): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s?([A-Za-z]+)$/.exec(text.trim());
  const unit = match?.[2] === undefined ? undefined : units[match[2]];
  if (match?.[1] === undefined || unit === undefined) return undefined;
  const value = Math.round(Number(match[1]) * unit);
  return Number.isSafeInteger(value) ? value : undefined;
}
