// A made-up PACS to try `pacsExport` on: seeds the schema `pacs` of the Postgres of PACS_DATABASE_URL (dropping one
// that is there), writes the films into a folder and serves them over HTTP until Ctrl-C.
//
//   PACS_DATABASE_URL=postgres://… node scripts/sample-pacs.mjs [--studies 20] [--seed 1] [--dir FOLDER] [--port 8042]
//
// A URL may misbehave: UPDATE pacs.instances SET file_url = file_url || '?behave=fail-once' WHERE …
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { BEHAVIOURS, startFileServer } from '../dist/samples/pacs/file-server.js';
import { seedPacs, writePacsSample } from '../dist/samples/pacs/sample.js';

const { values } = parseArgs({
  options: {
    studies: { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
    dir: { type: 'string', default: './data/sample-pacs' },
    port: { type: 'string', default: '8042' },
  },
});
const database = process.env.PACS_DATABASE_URL;
if (!database) {
  console.error('PACS_DATABASE_URL is not set: the URL of a Postgres in which the schema `pacs` may be made');
  process.exit(2);
}
const folder = resolve(values.dir);
const sample = await writePacsSample(folder, { studies: Number(values.studies), seed: Number(values.seed) });
const server = await startFileServer(folder, {
  port: Number(values.port),
  onRequest: ({ status, range, behave }) =>
    console.log(`${status} GET${range ? ` ${range}` : ''}${behave ? ` (${behave})` : ''}`),
});
await seedPacs(database, sample, (path) => server.urlOf(path));
console.log(
  `${sample.studies} studies, ${sample.instances.length} films in ${folder}, served at ${server.url}`,
);
console.log(`It can misbehave: append ?behave=${BEHAVIOURS.join('|')} to a file_url.`);
console.log('Allow its address in a configuration file:');
console.log('  pacsExport: { download: { privateAddresses: [127.0.0.1] } }');
console.log('then: npx cxrflow start pacsExport --local --config FILE');
process.on('SIGINT', () => server.close().then(() => process.exit(0)));
process.on('SIGTERM', () => server.close().then(() => process.exit(0)));
