import { openCatalog } from '../../../src/catalog/open.js';
import { backfillSuite } from '../../support/catalog/backfill-suite.js';

backfillSuite('PGlite in memory', () => openCatalog({ kind: 'memory' }));
