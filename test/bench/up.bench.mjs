// From `cxrflow up` to its `ready`: Temporal, catalog, workers and API on this machine.
import { join } from 'node:path';
import { finish, median, quick, result, say, temporaryFolder } from './lib/bench.mjs';
import { serving } from './lib/child.mjs';
import { load } from './lib/load.mjs';

const REPEATS = quick ? 1 : 5;
const GOAL = { atMost: 15 };

// There already, as the goal says.
(await load('support/servers/binary.ts')).binary('temporal');
const folder = temporaryFolder();
const cold = [];
const again = [];
for (let i = 0; i < REPEATS; i++) {
  const data = join(folder, String(i));
  const env = { CXRFLOW_KEYRING: join(folder, `keyring-${i}`, 'keys.json'), CXRFLOW_LOG_LEVEL: 'error' };
  for (const taken of [cold, again]) {
    const up = await serving(['up', '--data', data, '--port', '0'], env, /^ready/m);
    taken.push(up.seconds);
    await up.stop();
  }
  say(`  new folder ${cold.at(-1).toFixed(1)} s, again ${again.at(-1).toFixed(1)} s`);
}
finish('up', [
  result('up to ready, new data folder', median(cold), ' s', GOAL, { runs: cold }),
  result('up to ready, existing data folder', median(again), ' s', GOAL, { runs: again }),
]);
