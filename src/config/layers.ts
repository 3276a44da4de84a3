/** The layers of a configuration (defaults, file, environment) and how they come together. */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

export type Tree = { [key: string]: unknown };

/** Environment variables that stand for one key. Those that hold secrets are named by `…From` keys instead. */
export const ENVIRONMENT: readonly (readonly [variable: string, key: string])[] = [
  ['CXRFLOW_DATA', 'data'],
  ['CXRFLOW_STORAGE', 'storage.root'],
  ['S3_ENDPOINT', 'storage.s3.endpoint'],
  ['S3_REGION', 'storage.s3.region'],
  ['STORAGE_EMULATOR_HOST', 'storage.gs.emulator'],
  ['GOOGLE_APPLICATION_CREDENTIALS', 'storage.gs.credentialsFile'],
  ['TEMPORAL_ADDRESS', 'temporal.address'],
  ['TEMPORAL_NAMESPACE', 'temporal.namespace'],
  ['CXRFLOW_KEYRING', 'keyring.file'],
  ['CXRFLOW_LOG_LEVEL', 'logging.level'],
];

/** Keys that hold a path, and keys that hold a URI or a path instead. `*` is any name. */
const PATHS = [
  'data',
  'keyring.file',
  'deidentify.deviceRules',
  'pacsExport.query',
  'databases.*.urlFile',
  'alerts.urlFile',
  'server.hookTokenFile',
  'storage.gs.credentialsFile',
  'storage.s3.accessKeyFile',
  'storage.s3.secretKeyFile',
  'temporal.apiKeyFile',
  'temporal.tls.caFile',
  'temporal.tls.certFile',
  'temporal.tls.keyFile',
];
const URIS = ['storage.root', 'sources.*.uri', 'preprocess.qualityModel', 'pacsExport.destination'];

/** The environment as a layer. An empty variable is one that is not set. */
export function environmentLayer(env: NodeJS.ProcessEnv): Tree {
  const layer: Tree = {};
  for (const [variable, key] of ENVIRONMENT) {
    const value = env[variable];
    if (!value) continue;
    const parts = key.split('.');
    const last = parts.pop() ?? key;
    let at = layer;
    for (const part of parts) {
      at[part] ??= {};
      at = at[part] as Tree;
    }
    at[last] = value;
  }
  return layer;
}

/** A copy of `layer` whose relative paths are absolute, seen from `base`; paths among the URIs become `file://`. */
export function resolvePaths(layer: Tree, base: string): Tree {
  const path = (value: string) => resolve(base, value);
  const uri = (value: string) =>
    /^[a-z][a-z0-9+.-]*:\/\//i.test(value) ? value : pathToFileURL(resolve(base, value)).href;
  const profile = (value: string) => (/[/\\]|\.ya?ml$/.test(value) ? resolve(base, value) : value);
  const copy = structuredClone(layer);
  for (const key of PATHS) change(copy, key.split('.'), path);
  for (const key of URIS) change(copy, key.split('.'), uri);
  change(copy, ['ingest', 'profile'], profile);
  return copy;
}

/** `over` laid over `under`: sections merge, lists and values replace, `null` takes the key away. */
export function merge(under: Tree, over: Tree): Tree {
  const result: Tree = { ...under };
  for (const [key, value] of Object.entries(over)) {
    const before = result[key];
    if (value === null) delete result[key];
    else if (isTree(value)) result[key] = merge(isTree(before) ? before : {}, value);
    else result[key] = value;
  }
  return result;
}

export function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function change(tree: Tree, keys: readonly string[], to: (value: string) => string): void {
  const [key, ...rest] = keys;
  if (key === undefined) return;
  for (const name of key === '*' ? Object.keys(tree) : [key]) {
    const value = tree[name];
    if (rest.length === 0 && typeof value === 'string' && value !== '') tree[name] = to(value);
    else if (isTree(value)) change(value, rest, to);
  }
}
