import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseDocument } from 'yaml';
import { environmentLayer, isTree, merge, resolvePaths, type Tree } from './layers.js';
import { credentialProblems, type Problem, refuse, schemaProblems } from './problems.js';
import { type Settings, settingsSchema } from './schema.js';
import { readSecrets, type Secrets } from './secrets.js';

/** Everything a process was told: the settings, and beside them the secrets, which are never printed or returned. */
export type Config = Settings & { readonly secrets: Secrets };

export interface LoadOptions {
  /** A YAML file over the defaults; without it `CXRFLOW_CONFIG`, if set. */
  readonly file?: string | undefined;
  readonly env?: NodeJS.ProcessEnv | undefined;
  /** The data folder, over all others (`--data`). */
  readonly data?: string | undefined;
  readonly cwd?: string | undefined;
}

const DEFAULTS = fileURLToPath(new URL('../../config/default.yaml', import.meta.url));

/**
 * The configuration: defaults, then the file, then the environment, then `data`.
 *
 * @throws CxrError BAD_CONFIG or CREDENTIALS_IN_URL, its detail a line for every key that is wrong.
 */
export function loadConfig(options: LoadOptions = {}): Config {
  const env = options.env ?? process.env;
  const cwd = options.cwd ?? process.cwd();
  const file = options.file ?? env.CXRFLOW_CONFIG;
  const layers: Tree[] = [resolvePaths(readYaml(DEFAULTS), cwd)];
  if (file) layers.push(resolvePaths(readYaml(resolve(cwd, file)), dirname(resolve(cwd, file))));
  layers.push(resolvePaths(environmentLayer(env), cwd));
  if (options.data !== undefined) layers.push({ data: resolve(cwd, options.data) });
  const raw = withStorageRoot(layers.reduce(merge));

  const problems: Problem[] = credentialProblems(raw);
  const parsed = settingsSchema.safeParse(raw);
  if (!parsed.success) problems.push(...schemaProblems(parsed.error, raw));
  if (!parsed.success) return refuse(problems);
  const { secrets, problems: unread } = readSecrets(parsed.data, env);
  problems.push(...unread);
  if (problems.length > 0) refuse(problems);
  return { ...parsed.data, secrets };
}

/**
 * The configuration as a run keeps it: without secrets, and the SHA-256 (hex) of its canonical JSON (keys sorted),
 * by which two runs are seen to have had the same.
 */
export function publicConfig(config: Config): { readonly settings: Settings; readonly hash: string } {
  const { secrets: _, ...settings } = config;
  return { settings, hash: createHash('sha256').update(canonical(settings)).digest('hex') };
}

/** JSON whose keys are sorted: equal texts for equal values. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, node: unknown) =>
    isTree(node) ? Object.fromEntries(Object.entries(node).sort(([a], [b]) => (a < b ? -1 : 1))) : node,
  );
}

function withStorageRoot(raw: Tree): Tree {
  if (typeof raw.data !== 'string' || !isTree(raw.storage) || raw.storage.root !== undefined) return raw;
  return merge(raw, { storage: { root: pathToFileURL(join(raw.data, 'objects')).href } });
}

/** The parser's own messages quote the file, which may hold a secret by mistake: only code and place go on. */
export function readYaml(path: string): Tree {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    return refuse([{ key: 'file', text: `cannot be read (${(error as NodeJS.ErrnoException).code})` }]);
  }
  const document = parseDocument(text);
  if (document.errors.length > 0)
    return refuse(
      document.errors.map((e) => ({
        key: `line ${e.linePos?.[0].line ?? '?'}`,
        text: `not YAML (${e.code})`,
      })),
    );
  const value: unknown = document.toJS() ?? {};
  return isTree(value) ? value : refuse([{ key: 'file', text: 'expected a section of keys' }]);
}
