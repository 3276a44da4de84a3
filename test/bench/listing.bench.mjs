// Listing a folder into the catalog: entries a second, and memory that does not grow with their number.
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { finish, median, quick, result, say, temporaryFolder } from './lib/bench.mjs';
import { side } from './lib/child.mjs';
import { load } from './lib/load.mjs';

const SIZES = quick ? [2_000, 20_000] : [20_000, 200_000];
const A_FOLDER = 500;

const folder = temporaryFolder();
const postgres = await (await load('support/servers/postgres.ts')).startPostgres();
const results = [];
for (const engine of ['Postgres', 'PGlite']) {
  for (const size of SIZES) {
    const place = join(folder, `${engine}-${size}`);
    mkdirSync(place);
    const databaseUrl = engine === 'Postgres' ? await postgres.createDatabase(`list_${size}`) : undefined;
    const listed = await side('list', { source: sourceOf(size), folder: place, databaseUrl });
    if (listed.found !== size) throw new Error(`${listed.found} of ${size} entries found`);
    const name = `entries, ${size} of them, ${engine}`;
    results.push(result(name, size / listed.seconds, ' entries/s', { atLeast: 2_000 }));
    if (size !== SIZES.at(-1)) continue;
    // A short listing ends before the garbage collector has found its pace, so a long one is held against itself.
    const { memory } = listed;
    const quarter = (n) => median(memory.slice((memory.length * (n - 1)) / 4, (memory.length * n) / 4));
    const [second, last] = [quarter(2), quarter(4)];
    const flat = `resident memory, last quarter by second, ${size} entries, ${engine}`;
    results.push(result(flat, last / second, 'x', { atMost: 1.1 }, { second, last }));
  }
}
await postgres.stop();
finish('listing', results);

/** Empty files: the listing opens none of them. */
function sourceOf(size) {
  const source = join(folder, `source-${size}`);
  try {
    mkdirSync(source);
  } catch {
    return source;
  }
  say(`listing: making ${size} files`);
  for (let i = 0; i < size; i++) {
    const study = join(source, `study-${Math.floor(i / A_FOLDER)}`);
    if (i % A_FOLDER === 0) mkdirSync(study);
    closeSync(openSync(join(study, `IM${String(i).padStart(7, '0')}.dcm`), 'w'));
  }
  return source;
}
