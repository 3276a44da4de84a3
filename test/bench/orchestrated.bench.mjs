// Orchestrated ingest against the same functions in a loop: what does Temporal cost?
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { finish, median, quick, result, say, temporaryFolder } from './lib/bench.mjs';
import { side } from './lib/child.mjs';
import { writeFilms } from './lib/films.mjs';
import { load } from './lib/load.mjs';

const FILMS = quick ? 24 : 240;
const PAIRS = quick ? 1 : 5;
const SHARD = FILMS / 4;
const GOAL = { atLeast: 0.85 };

const folder = temporaryFolder();
const source = join(folder, 'source');
say(`orchestrated: making ${FILMS} films of 2048 x 1536`);
await writeFilms(source, { count: FILMS, rows: 2048, columns: 1536 });
const warmUp = join(folder, 'warm-up');
await writeFilms(warmUp, { count: 8, rows: 512, columns: 512, seed: 8 });

const temporal = await (await load('support/servers/temporal.ts')).startTemporal();
const postgres = await (await load('support/servers/postgres.ts')).startPostgres();
const results = [];
for (const engine of ['Postgres', 'PGlite']) {
  const pairs = [];
  for (let pair = 0; pair < PAIRS; pair++) {
    // Turned about, so that neither always comes second.
    const order = pair % 2 === 0 ? ['loop', 'temporal'] : ['temporal', 'loop'];
    const measured = {};
    for (const how of order) measured[how] = await once(how, engine, pair);
    pairs.push(measured);
    const { loop, temporal: ours } = measured;
    say(`  ${engine}: loop ${loop.seconds.toFixed(1)} s, through Temporal ${ours.seconds.toFixed(1)} s`);
  }
  const ratio = median(pairs.map(({ loop, temporal: ours }) => loop.seconds / ours.seconds));
  results.push(result(`throughput of ingest of that of a loop, ${engine}`, ratio, 'x', GOAL, { pairs }));
  const busy = median(pairs.map(({ loop, temporal: ours }) => ours.processorSeconds / loop.processorSeconds));
  results.push(result(`processor time of the worker by that of the loop, ${engine}`, busy, 'x'));
  const rate = median(pairs.map(({ temporal: ours }) => FILMS / ours.seconds));
  results.push(result(`16-bit films of 2048 x 1536, ${engine}`, rate, ' files/s'));
}
await postgres.stop();
await temporal.stop();
finish('orchestrated', results);

async function once(how, engine, pair) {
  const place = join(folder, `${engine}-${pair}-${how}`);
  mkdirSync(place);
  const name = `${how}_${pair}`;
  const databaseUrl = engine === 'Postgres' ? await postgres.createDatabase(name) : undefined;
  const input = { how, films: FILMS, source, warmUp, shardSize: SHARD, folder: place, databaseUrl };
  const measured = await side('ingest', { ...input, temporal: temporal.address });
  rmSync(place, { recursive: true });
  return measured;
}
