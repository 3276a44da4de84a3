export { annotations } from './annotations.js';
export { chestXrayProcessing } from './chestXrayProcessing.js';
export { extract } from './extract.js';
export { ingest } from './ingest.js';
export { listing } from './listing.js';
export { preprocess } from './preprocess.js';
export { store } from './store.js';
export { unknown as default } from './unknown.js';
