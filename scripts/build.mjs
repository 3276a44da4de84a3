// Compiles src/ to dist/ and bundles the workflows once, so that a worker starts without webpack.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const path = (p) => new URL(`../${p}`, import.meta.url).pathname;

await rm(path('dist'), { recursive: true, force: true });
execFileSync(process.execPath, [path('node_modules/typescript/bin/tsc'), '-p', path('tsconfig.json')], {
  cwd: root,
  stdio: 'inherit',
});

const workflows = path('dist/workflows/index.js');
if (existsSync(workflows)) {
  const { bundleWorkflowCode } = await import('@temporalio/worker');
  const quiet = () => {};
  const { code } = await bundleWorkflowCode({
    workflowsPath: workflows,
    logger: { log: quiet, trace: quiet, debug: quiet, info: quiet, warn: console.warn, error: console.error },
  });
  await mkdir(path('dist'), { recursive: true });
  await writeFile(path('dist/workflow-bundle.js'), code);
}

// `npx cxrflow` runs this file itself.
await chmod(path('dist/client/cli.js'), 0o755);
