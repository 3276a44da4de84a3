// TypeScript of the tests (servers, the Python of the interop tests) for benches, which are plain modules.
import { fileURLToPath } from 'node:url';
import { runnerImport } from 'vite';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** @param path below test/ */
export async function load(path) {
  const { module } = await runnerImport(`${root}test/${path}`, {
    root,
    configFile: false,
    logLevel: 'error',
  });
  return module;
}
