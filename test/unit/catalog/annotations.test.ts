import { openCatalog } from '../../../src/catalog/open.js';
import { annotationsSuite } from '../../support/catalog/annotations-suite.js';

annotationsSuite('PGlite in memory', () => openCatalog({ kind: 'memory' }));
