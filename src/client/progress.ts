/** Progress of long work on stderr: a bar on a terminal; elsewhere a plain line every few seconds, if it says more. */
export interface Progress {
  update(done: number, total: number | undefined, text?: string): void;
  /** Leaves the last state on its own line. */
  finish(text?: string): void;
}

const BAR = 28;
const PLAIN_EVERY_MS = 5_000;
const BAR_EVERY_MS = 100;

/**
 * @param label what is being done, one or two words: `render`, `ingest`
 * @param unit how amounts are written, where they are no plain numbers: `megabytes`
 */
export function progress(
  label: string,
  stream: NodeJS.WriteStream = process.stderr,
  unit?: (amount: number) => string,
): Progress {
  const bar = stream.isTTY === true;
  const started = Date.now();
  let shown = 0;
  let last = '';
  let news = '';
  let said = '';

  const line = (done: number, total: number | undefined, text: string): string => {
    const rate = done / Math.max(0.001, (Date.now() - started) / 1000);
    const amount = unit ?? String;
    const count = total === undefined ? amount(done) : `${amount(done)}/${amount(total)}`;
    const left = total === undefined || rate === 0 ? '' : `  ${clock((total - done) / rate)} left`;
    const filled = total ? Math.round((BAR * Math.min(done, total)) / total) : 0;
    const picture = bar && total ? ` [${'█'.repeat(filled)}${'·'.repeat(BAR - filled)}]` : '';
    return `${label}${picture}  ${count}  ${unit?.(rate) ?? rate.toFixed(1)}/s${left}${text ? `  ${text}` : ''}`;
  };

  return {
    update(done, total, text = '') {
      last = line(done, total, text);
      // Not the rate: it changes while nothing else does, and a run may wait a whole night.
      news = `${done}/${total}${text}`;
      if (Date.now() - shown < (bar ? BAR_EVERY_MS : PLAIN_EVERY_MS) || (!bar && news === said)) return;
      shown = Date.now();
      said = news;
      stream.write(bar ? `\r\x1b[2K${last}` : `${last}\n`);
    },
    finish(text) {
      if (bar) stream.write(`\r\x1b[2K${text ?? last}${last === '' && text === undefined ? '' : '\n'}`);
      else if (text !== undefined || news !== said) stream.write(`${text ?? last}\n`);
    },
  };
}

/** Bytes in MB, GB and so on, three digits that mean something. */
export function byteUnit(bytes: number): string {
  const names = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = Math.min(names.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  const value = bytes / 1000 ** power;
  return `${power === 0 ? Math.round(value) : value.toFixed(value < 100 ? 1 : 0)} ${names[power]}`;
}

function clock(seconds: number): string {
  const s = Math.max(0, Math.round(seconds));
  const two = (n: number) => String(n).padStart(2, '0');
  return s >= 3600
    ? `${Math.floor(s / 3600)}:${two(Math.floor((s % 3600) / 60))}:${two(s % 60)}`
    : `${Math.floor(s / 60)}:${two(s % 60)}`;
}
