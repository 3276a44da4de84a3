import { openCatalog } from '../../../src/catalog/open.js';
import { catalogSuite } from '../../support/catalog/suite.js';
import { versionsSuite } from '../../support/catalog/versions-suite.js';

catalogSuite('PGlite', () => openCatalog({ kind: 'memory' }));
versionsSuite('PGlite', () => openCatalog({ kind: 'memory' }));
