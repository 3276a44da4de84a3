import { Client } from 'minio';
import { binary } from './binary.js';
import { freePort, launch, type Server, temporaryFolder } from './process.js';

export interface Minio extends Server {
  readonly endpoint: string;
  readonly accessKey: string;
  readonly secretKey: string;
  createBucket(name: string): Promise<void>;
}

/** A MinIO server, one drive. @param env what it is told besides: targets of bucket notifications */
export async function startMinio(env: Readonly<Record<string, string>> = {}): Promise<Minio> {
  const folder = temporaryFolder('minio');
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  const [accessKey, secretKey] = ['cxrflow-test', 'cxrflow-test-secret'];
  const client = new Client({
    ...{ endPoint: '127.0.0.1', port, useSSL: false, accessKey, secretKey },
    retryOptions: { disableRetry: true },
  });
  const server = await launch(
    {
      command: binary('minio'),
      args: ['server', folder, '--address', `127.0.0.1:${port}`, '--quiet'],
      env: {
        ...env,
        MINIO_ROOT_USER: accessKey,
        MINIO_ROOT_PASSWORD: secretKey,
        MINIO_BROWSER: 'off',
        MINIO_UPDATE: 'off',
        HOME: folder,
      },
      // Its health pages say `ready` while requests are still answered with 503.
      ready: async () => Array.isArray(await client.listBuckets()),
    },
    folder,
  );
  return { ...server, endpoint, accessKey, secretKey, createBucket: (name) => client.makeBucket(name) };
}
