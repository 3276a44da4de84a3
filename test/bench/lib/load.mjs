// TypeScript of the tests (servers, the Python of the interop tests) for benches, which are plain modules.
import { fileURLToPath } from 'node:url';
import { createServer } from 'vite';

const root = fileURLToPath(new URL('../../..', import.meta.url));
/** Not closed: what was loaded may import more when it is called. It listens to nothing and watches nothing. */
const server = await createServer({
  ...{ root, configFile: false, envDir: false, logLevel: 'error', appType: 'custom' },
  server: { middlewareMode: true, hmr: false, ws: false, watch: null },
  optimizeDeps: { noDiscovery: true },
});

/** @param path below test/ */
export function load(path) {
  return server.environments.ssr.runner.import(`${root}test/${path}`);
}
