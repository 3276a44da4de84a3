/** What `cxrflow doctor` asks: each check says what it found and, where something is wrong, how to mend it. */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, statfsSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { QualityModels, SHIPPED_MODEL } from '../activities/gpu/quality-models.js';
import type { Config } from '../config/load.js';
import { CxrError, ERRORS, isCxrError } from '../errors.js';
import { checkValue, type Keyring, loadKeyring } from '../privacy/keyring.js';
import { keyringPath } from '../privacy/keyring-file.js';
import { liveRuntime } from '../server/runtime-file.js';
import { cacheFolder, findTemporalCli } from '../server/temporal-cli.js';
import { openStore } from '../storage/open.js';
import { makeDefaultStorage, storeOptions } from '../workers/deps.js';
import { keyEnvironment } from '../workers/keys.js';
import { attachCatalog, attachTemporal } from './attach.js';
import { examinePacs } from './doctor-pacs.js';

export type State = 'ok' | 'warning' | 'broken';

export interface Check {
  readonly name: string;
  readonly state: State;
  readonly found: string;
  readonly hint?: string;
}

interface Finding {
  readonly state?: State;
  readonly found: string;
  readonly hint?: string;
}

const LOST_KEY =
  'The catalog was made with a key. Copy that keyring here and name it by CXRFLOW_KEYRING; a new one would be refused.';
const LIMIT_MS = 30_000;
const ENOUGH_DISK = 10 * 2 ** 30;
const run = promisify(execFile);

/** Every check, one after the other, none stopped by another. */
export async function examine(config: Config, env: NodeJS.ProcessEnv): Promise<Check[]> {
  const sources = Object.entries(config.sources);
  const made = { withKey: false };
  const databases = Object.entries(config.secrets.databases).filter(([name]) => name !== 'catalog');
  const checks: readonly (readonly [string, () => Finding | Promise<Finding>])[] = [
    ['node', node],
    ['machine', () => machine(config)],
    ['data folder', () => dataFolder(config)],
    ['stack', () => stack(config)],
    ['temporal', () => temporal(config, env)],
    ['catalog', () => catalog(config, env, made)],
    ['keyring', () => keyring(config, env, made.withKey)],
    ['storage', () => storage(config)],
    ['quality model', () => model(config)],
    ...sources.map(([name, { uri }]) => [`source ${name}`, () => source(config, uri)] as const),
    ...databases.map(([name, url]) => [`database ${name}`, () => examinePacs(config, name, url)] as const),
    ['alerts', () => alerts(config)],
  ];
  const results: Check[] = [];
  for (const [name, ask] of checks) results.push({ name, ...(await answer(ask)) });
  return results;
}

async function answer(ask: () => Finding | Promise<Finding>): Promise<Omit<Check, 'name'>> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Finding>((resolve) => {
    timer = setTimeout(
      () => resolve({ state: 'broken', found: 'no answer', hint: 'Check the address and the network.' }),
      LIMIT_MS,
    );
  });
  try {
    const finding = await Promise.race([(async () => ask())(), late]);
    return { state: 'ok', ...finding };
  } catch (error) {
    if (isCxrError(error))
      return { state: 'broken', found: `${error.code}: ${error.message}`, hint: error.hint };
    const code = (error as NodeJS.ErrnoException).code;
    return { state: 'broken', found: typeof code === 'string' ? code : 'an unexpected error' };
  } finally {
    clearTimeout(timer);
  }
}

function node(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const good = major > 20 || (major === 20 && minor >= 19);
  return good
    ? { found: process.versions.node }
    : { state: 'broken', found: process.versions.node, hint: 'Install Node 20.19 or later.' };
}

function machine(config: Config): Finding {
  const threads = config.queues.cpu.threads || availableParallelism();
  const memory = totalmem();
  const found = `${threads} threads, ${gib(memory)} of memory`;
  return threads * config.limits.memory > memory
    ? {
        state: 'warning',
        found,
        hint: 'Less memory than queues.cpu.threads times limits.memory: lower one of them.',
      }
    : { found };
}

function dataFolder({ data }: Config): Finding {
  mkdirSync(data, { recursive: true, mode: 0o700 });
  const { bavail, bsize } = statfsSync(data);
  const found = `${data}, ${gib(bavail * bsize)} free`;
  return bavail * bsize < ENOUGH_DISK
    ? { state: 'warning', found, hint: 'Make room, or give another --data.' }
    : { found };
}

function stack({ data, temporal: { address } }: Config): Finding {
  const live = liveRuntime(data);
  if (live !== undefined) return { found: `running, ${live.api}` };
  return {
    found:
      address === undefined
        ? 'not running; `cxrflow up` starts one'
        : 'none here; a deployment is configured',
  };
}

async function temporal(config: Config, env: NodeJS.ProcessEnv): Promise<Finding> {
  if (config.temporal.address !== undefined || liveRuntime(config.data) !== undefined) {
    const client = await attachTemporal(config);
    await client.connection.close();
    return { found: `answers, namespace ${config.temporal.namespace}` };
  }
  const cli = findTemporalCli(env);
  if (cli === undefined)
    return {
      state: 'warning',
      found: 'no address configured and no Temporal CLI here',
      hint: `\`cxrflow up\` downloads or builds it into ${cacheFolder(env)}; or set TEMPORAL_ADDRESS.`,
    };
  const { stdout } = await run(cli, ['--version'], { timeout: LIMIT_MS });
  return { found: `embedded, ${stdout.trim().split('\n')[0] ?? ''}` };
}

/** @param made is told whether the catalog was made with a key: then it needs that one, and no new one is made */
async function catalog(config: Config, env: NodeJS.ProcessEnv, made: { withKey: boolean }): Promise<Finding> {
  const { secrets, data } = config;
  if (secrets.databases.catalog === undefined && !existsSync(join(data, 'catalog')))
    return { found: 'embedded, not made yet' };
  const opened = await attachCatalog(config);
  try {
    await opened.check();
    const bound = await opened.db
      .selectFrom('meta')
      .select('value')
      .where('key', '=', 'key.check')
      .executeTakeFirst();
    if (bound === undefined) return { found: `${opened.engine}, bound to no key yet` };
    made.withKey = true;
    const ours = keysOf(config, env);
    if (ours === undefined)
      return { state: 'broken', found: 'made with a key that is not here', hint: LOST_KEY };
    if (checkValue(ours) !== bound.value)
      throw new CxrError('KEY_MISMATCH', `this key is of epoch ${ours.epoch}`);
    return { found: `${opened.engine}, made with this key` };
  } finally {
    await opened.close();
  }
}

function keyring(config: Config, env: NodeJS.ProcessEnv, isBound: boolean): Finding {
  const from = keyEnvironment(config, env);
  const keys = keysOf(config, env);
  if (keys !== undefined)
    return {
      found: `epoch ${keys.epoch}, ${from.CXRFLOW_PSEUDONYM_KEY ? 'CXRFLOW_PSEUDONYM_KEY' : keyringPath(from)}`,
    };
  if (isBound) return { state: 'broken', found: 'none', hint: LOST_KEY };
  const embedded = config.temporal.address === undefined && config.secrets.databases.catalog === undefined;
  return {
    state: embedded ? 'warning' : 'broken',
    found: 'none',
    hint: embedded ? '`cxrflow up` makes one; `cxrflow keys create` does now.' : ERRORS.KEY_MISSING.hint,
  };
}

/** Undefined where there is none. @throws CxrError KEY_* for one that cannot be used */
function keysOf(config: Config, env: NodeJS.ProcessEnv): Keyring | undefined {
  try {
    return loadKeyring(keyEnvironment(config, env), { mayCreate: false, dataFolder: config.data });
  } catch (error) {
    if (isCxrError(error) && error.code === 'KEY_MISSING') return undefined;
    throw error;
  }
}

/** Writes, reads and deletes an object, as a run would. */
async function storage(config: Config): Promise<Finding> {
  makeDefaultStorage(config);
  const store = openStore(config.storage.root, storeOptions(config));
  try {
    const key = `.cxrflow-doctor-${process.pid}-${Date.now()}`;
    const probe = Buffer.from('probe');
    if (store.scheme !== 'file') await store.check();
    await store.write(key, probe);
    const back = await store.read(key);
    await store.delete(key);
    if (!back.equals(probe)) return { state: 'broken', found: 'what is read is not what was written' };
    const apart =
      store.scheme === 'file' && config.temporal.address !== undefined && !config.storage.sharedFilesystem;
    if (apart) throw new CxrError('STORAGE_NOT_SHARED');
    return { found: `${store.root} writes, reads, deletes` };
  } finally {
    await store.close();
  }
}

async function model(config: Config): Promise<Finding> {
  const options = storeOptions(config);
  const models = new QualityModels({ store: (root) => openStore(root, options) });
  const uri = config.preprocess.qualityModel ?? SHIPPED_MODEL;
  const { version, provider } = await models.describe(uri, config.preprocess.black);
  return { found: `${uri}, version ${version}, on ${provider}` };
}

async function source(config: Config, uri: string): Promise<Finding> {
  const store = openStore(uri, storeOptions(config));
  try {
    await store.check();
    for await (const _ of store.list()) return { found: `${store.root} is readable` };
    return { state: 'warning', found: `${store.root} is empty`, hint: 'Check that the share is mounted.' };
  } finally {
    await store.close();
  }
}

function alerts({ secrets }: Config): Finding {
  return secrets.alertUrl === undefined
    ? {
        state: 'warning',
        found: 'nobody is told when a run waits',
        hint: 'Set CXRFLOW_ALERT_URL to a web hook.',
      }
    : { found: 'configured' };
}

function gib(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}
