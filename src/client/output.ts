/** What a command prints: data on stdout, everything else on stderr (SPEC of the command line). */

/** 0 done, 1 failed, 2 wrong usage, 3 done but some items were quarantined, 4 waiting for a person. */
export const EXIT = { done: 0, failed: 1, usage: 2, quarantined: 3, paused: 4 } as const;

/** One JSON object, alone on stdout. */
export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

/** A line of data on stdout. */
export function print(line = ''): void {
  process.stdout.write(`${line}\n`);
}

/** A line for the person at the terminal, on stderr. */
export function note(line = ''): void {
  process.stderr.write(`${line}\n`);
}

/** Rows as aligned columns, header first. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows)
    row.forEach((cell, i) => {
      widths[i] = Math.max(widths[i] ?? 0, cell.length);
    });
  return rows
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
