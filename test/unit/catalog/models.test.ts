import { openCatalog } from '../../../src/catalog/open.js';
import { modelsSuite } from '../../support/catalog/models-suite.js';

modelsSuite('PGlite', () => openCatalog({ kind: 'memory' }));
