// The import rule of ARCHITECTURE.md: which folder of src/ may import which. Run by `npm run lint`.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

const src = new URL('../src', import.meta.url).pathname;

/** Folder -> folders it may import, besides itself and src/errors.ts. `type:` allows `import type` only. */
const MAY_IMPORT = {
  privacy: [],
  dicom: ['privacy'],
  imaging: ['dicom', 'privacy'],
  models: [],
  datasets: ['imaging', 'dicom', 'privacy'],
  pacs: ['privacy'],
  samples: ['imaging', 'dicom', 'privacy'],
  storage: ['privacy'],
  catalog: ['privacy'],
  config: ['privacy'],
  workflows: ['type:activities', 'type:config', 'type:catalog', 'type:storage'],
  activities: [
    'pacs',
    'privacy',
    'dicom',
    'imaging',
    'models',
    'datasets',
    'storage',
    'catalog',
    'config',
    'type:workers',
    'type:workflows',
  ],
  workers: [
    'pacs',
    'activities',
    'privacy',
    'dicom',
    'imaging',
    'models',
    'datasets',
    'storage',
    'catalog',
    'config',
    'type:workflows',
  ],
  server: [
    'catalog',
    'storage',
    'config',
    'workers',
    'privacy',
    'models',
    'client',
    'activities',
    'type:workflows',
  ],
  client: [
    'pacs',
    'server',
    'workers',
    'catalog',
    'storage',
    'config',
    'privacy',
    'dicom',
    'imaging',
    'datasets',
    'samples',
    'models',
    'activities',
    'type:workflows',
  ],
};
/** Temporal packages belong to these folders only. */
const TEMPORAL = new Set(['workflows', 'activities', 'workers', 'server', 'client']);

const files = readdirSync(src, { recursive: true }).filter((f) => f.endsWith('.ts'));
const IMPORT = /(?:^|\n)\s*(import|export)\s+(type\s+)?(?:[^'";]*?\s+from\s+)?'([^']+)'|import\('([^']+)'\)/g;
const wrong = [];
for (const file of files) {
  const folder = file.split('/')[0];
  if (!(folder in MAY_IMPORT)) continue;
  const text = readFileSync(join(src, file), 'utf8');
  for (const m of text.matchAll(IMPORT)) {
    const spec = m[3] ?? m[4];
    const typeOnly = Boolean(m[2]);
    if (spec.startsWith('@temporalio/') && !TEMPORAL.has(folder))
      wrong.push(`${file}: ${folder}/ imports ${spec}`);
    if (!spec.startsWith('.')) continue;
    const target = relative(src, join(src, dirname(file), spec)).split('/')[0];
    if (target === folder || !(target in MAY_IMPORT)) continue;
    const allowed = MAY_IMPORT[folder];
    if (allowed.includes(target) || (typeOnly && allowed.includes(`type:${target}`))) continue;
    wrong.push(`${file}: ${folder}/ may not import ${target}/ (${spec})`);
  }
}
if (wrong.length > 0) {
  console.error(`Imports that go the wrong way (see ARCHITECTURE.md):\n  ${wrong.join('\n  ')}`);
  process.exit(1);
}
console.log(`imports: ${files.length} files, all in the allowed direction`);
