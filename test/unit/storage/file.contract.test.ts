import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileUri, openStore } from '../../../src/storage/open.js';
import { storageContract } from '../../support/storage-contract.js';

storageContract('file', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'cxrflow-storage-'));
  return {
    store: openStore(fileUri(folder)),
    files: true,
    end: () => rm(folder, { recursive: true, force: true }),
  };
});
