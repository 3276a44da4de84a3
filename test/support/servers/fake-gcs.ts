import { binary } from './binary.js';
import { answers, freePort, launch, type Server, temporaryFolder } from './process.js';

export interface FakeGcs extends Server {
  /** For `STORAGE_EMULATOR_HOST`. */
  readonly emulatorHost: string;
  createBucket(name: string): Promise<void>;
}

/**
 * The Google Cloud Storage emulator.
 * @param backend `filesystem`: objects outlive a restart; `memory`: it keeps generations
 */
export async function startFakeGcs(backend: 'filesystem' | 'memory' = 'filesystem'): Promise<FakeGcs> {
  const folder = temporaryFolder('gcs');
  const port = await freePort();
  const emulatorHost = `http://127.0.0.1:${port}`;
  const server = await launch(
    {
      command: binary('fake-gcs-server'),
      args: [
        ...[
          '-scheme',
          'http',
          '-host',
          '127.0.0.1',
          '-port',
          String(port),
          '-public-host',
          `127.0.0.1:${port}`,
        ],
        ...['-external-url', emulatorHost, '-backend', backend, '-filesystem-root', folder],
        ...['-data', '', '-log-level', 'error'],
      ],
      ready: () => answers(`${emulatorHost}/_internal/healthcheck`),
    },
    folder,
  );
  const createBucket = async (name: string) => {
    const answer = await fetch(`${emulatorHost}/storage/v1/b?project=test`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name }),
    });
    if (!answer.ok) throw new Error(`bucket: HTTP ${answer.status}`);
  };
  return { ...server, emulatorHost, createBucket };
}
