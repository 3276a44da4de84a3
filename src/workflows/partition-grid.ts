import type { Plan } from '../activities/api/backfill.js';

/**
 * What became of each partition, a character each: `w` will run, `r` runs, `d` done, `f` failed, `c` cancelled,
 * `m` never ran and is left so.
 */
export type Mark = 'w' | 'r' | 'd' | 'f' | 'c' | 'm';

const SHOWN: Readonly<Record<string, string>> = { w: '.', r: '>', d: '#', f: 'x', c: '-', m: ' ' };
const LEGEND = '. waits   > runs   # done   x failed   - cancelled';
/** Lines at the head of a run; the catalog has them all. */
const MOST_LINES = 200;

export class PartitionGrid {
  readonly #marks: string[];
  readonly #rows: Plan['rows'];

  /** @param marks empty where there are too many to be drawn */
  constructor(marks: string, rows: Plan['rows']) {
    this.#marks = [...marks];
    this.#rows = rows;
  }

  get marks(): string {
    return this.#marks.join('');
  }

  set(position: number, mark: Mark): void {
    if (position < this.#marks.length) this.#marks[position] = mark;
  }

  lines(): readonly string[] {
    if (this.#marks.length === 0) return [];
    const width = Math.max(...this.#rows.map(({ label }) => label.length));
    const lines: string[] = [];
    let at = 0;
    for (const { label, count } of this.#rows.slice(0, MOST_LINES)) {
      const marks = this.#marks.slice(at, at + count).map((mark) => SHOWN[mark] ?? '?');
      lines.push(`${label.padStart(width)}  ${marks.join('')}`);
      at += count;
    }
    if (this.#rows.length > MOST_LINES) lines.push(`... and ${this.#rows.length - MOST_LINES} more lines`);
    return [...lines, '', LEGEND];
  }
}
