import { afterAll, beforeAll } from 'vitest';
import { openCatalog } from '../../../src/catalog/open.js';
import { Sensitive } from '../../../src/privacy/sensitive.js';
import { modelsSuite } from '../../support/catalog/models-suite.js';
import { type Postgres, startPostgres } from '../../support/servers/postgres.js';

let postgres: Postgres;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres?.stop());

modelsSuite('Postgres', async () =>
  openCatalog({ kind: 'postgres', url: new Sensitive(await postgres.createDatabase('models')) }),
);
