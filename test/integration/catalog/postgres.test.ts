import { afterAll, beforeAll } from 'vitest';
import { openCatalog } from '../../../src/catalog/open.js';
import { Sensitive } from '../../../src/privacy/sensitive.js';
import { annotationsSuite } from '../../support/catalog/annotations-suite.js';
import { backfillSuite } from '../../support/catalog/backfill-suite.js';
import { catalogSuite } from '../../support/catalog/suite.js';
import { versionsSuite } from '../../support/catalog/versions-suite.js';
import { type Postgres, startPostgres } from '../../support/servers/postgres.js';

let postgres: Postgres;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres?.stop());

catalogSuite('Postgres', async () =>
  openCatalog({ kind: 'postgres', url: new Sensitive(await postgres.createDatabase('suite')) }),
);
annotationsSuite('Postgres', async () =>
  openCatalog({ kind: 'postgres', url: new Sensitive(await postgres.createDatabase('annotations')) }),
);
backfillSuite('Postgres', async () =>
  openCatalog({ kind: 'postgres', url: new Sensitive(await postgres.createDatabase('backfill')) }),
);
versionsSuite('Postgres', async () =>
  openCatalog({ kind: 'postgres', url: new Sensitive(await postgres.createDatabase('versions')) }),
);
