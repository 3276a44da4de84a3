import { openStore } from '../../../src/storage/open.js';
import { startMinio } from '../../support/servers/minio.js';
import { storageContract } from '../../support/storage-contract.js';

for (const root of ['s3://cxr', 's3://cxr/below/a prefix'])
  storageContract(`MinIO, ${root}`, async () => {
    const minio = await startMinio();
    await minio.createBucket('cxr');
    const store = openStore(root, { s3: minio });
    const end = async () => {
      await store.close();
      await minio.stop();
    };
    return { store, files: false, end };
  });
