import { openStore } from '../../../src/storage/open.js';
import { startFakeGcs } from '../../support/servers/fake-gcs.js';
import { storageContract } from '../../support/storage-contract.js';

for (const root of ['gs://cxr', 'gs://cxr/below/a prefix'])
  storageContract(`Google Cloud Storage emulator, ${root}`, async () => {
    const gcs = await startFakeGcs();
    await gcs.createBucket('cxr');
    const store = openStore(root, { gs: gcs });
    const end = async () => {
      await store.close();
      await gcs.stop();
    };
    return { store, files: false, end };
  });
