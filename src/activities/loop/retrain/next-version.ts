/**
 * The name behind another: `v1.2` of `v1.1`, `v3` of `v2`, `2024-b.1` of `2024-b`; the first that is not taken.
 *
 * @param taken names of the dataset's versions
 */
export function nextVersionName(current: string, taken: ReadonlySet<string>): string {
  const [, stem = current, last] = /^(.*?)(\d+)$/.exec(current) ?? [];
  // `v1` alone says nothing of what comes behind the dot; a date or a word is not counted up.
  const counts = last !== undefined && /^v?$|\.$/.test(stem) && last.length < 5;
  for (let n = counts ? Number(last) + 1 : 1; ; n++) {
    const name = counts ? `${stem}${n}` : `${current}.${n}`;
    if (!taken.has(name)) return name;
  }
}
