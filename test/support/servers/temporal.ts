import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import { binary } from './binary.js';
import { freePort, launch, type Server, temporaryFolder } from './process.js';

export interface Temporal extends Server {
  /** `127.0.0.1:7233`. */
  readonly address: string;
  readonly namespace: string;
}

/** The Temporal dev server with its state in a file, so that a restart finds it again. */
export async function startTemporal(): Promise<Temporal> {
  const folder = temporaryFolder('temporal');
  const port = await freePort();
  const address = `127.0.0.1:${port}`;
  const server = await launch(
    {
      command: binary('temporal'),
      args: [
        ...['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(port), '--headless'],
        ...['--db-filename', join(folder, 'temporal.db'), '--log-level', 'error'],
      ],
      env: { HOME: folder },
      async ready() {
        const connection = await Connection.connect({ address, connectTimeout: 1_000 });
        try {
          await connection.workflowService.describeNamespace({ namespace: 'default' });
          return true;
        } finally {
          await connection.close();
        }
      },
    },
    folder,
  );
  return { ...server, address, namespace: 'default' };
}
