import { openCatalog } from '../../../src/catalog/open.js';
import { catalogSuite } from '../../support/catalog/suite.js';

catalogSuite('PGlite', () => openCatalog({ kind: 'memory' }));
