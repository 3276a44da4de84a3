/**
 * A Python with the packages of requirements.txt, for the programs of others that tests compare with, and a second
 * one with those that read datasets (requirements-datasets.txt: TensorFlow and pyarrow are large, and few tests want
 * them). Made once, in the cache folder (`CXRFLOW_CACHE` or `~/.cache/cxrflow`), under a lock; `CXRFLOW_PYTHON` and
 * `CXRFLOW_DATASETS_PYTHON` name ones that are there.
 */
import { type ExecFileOptions, execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const start = promisify(execFile);

let path: Promise<string> | undefined;
let datasetsPath: Promise<string> | undefined;

/** The interpreter. Installing takes a minute the first time. */
export function python(): Promise<string> {
  path ??= installed('CXRFLOW_PYTHON', 'requirements.txt');
  return path;
}

/** The interpreter with TensorFlow, pyarrow, Hugging Face datasets, mlcroissant, pycocotools and scikit-learn. */
export function datasetsPython(): Promise<string> {
  datasetsPath ??= installed('CXRFLOW_DATASETS_PYTHON', 'requirements-datasets.txt');
  return datasetsPath;
}

async function installed(variable: string, list: string): Promise<string> {
  const given = process.env[variable];
  if (given) return given;
  const requirements = new URL(list, import.meta.url).pathname;
  const cache = process.env.CXRFLOW_CACHE ?? join(homedir(), '.cache', 'cxrflow');
  const edition = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 8);
  const folder = join(cache, `venv-${edition}`);
  mkdirSync(cache, { recursive: true });
  // The marker is made last: a venv without it is half made.
  const script = `set -e; test -e "$1/complete" && exit 0; rm -rf "$1"; python3 -m venv "$1"
    "$1/bin/pip" install --quiet --disable-pip-version-check -r "$2"; touch "$1/complete"`;
  await finished('flock', [`${folder}.lock`, 'bash', '-c', script, 'bash', folder, requirements]);
  return join(folder, 'bin', 'python');
}

/** Run a script of this folder; what it prints on stdout. */
export async function runPython(script: string, ...args: readonly string[]): Promise<string> {
  return await run(await python(), script, args);
}

/** As `runPython`, with the packages that read datasets. */
export async function runDatasetsPython(script: string, ...args: readonly string[]): Promise<string> {
  return await run(await datasetsPython(), script, args);
}

function run(interpreter: string, script: string, args: readonly string[]): Promise<string> {
  return finished(interpreter, [new URL(script, import.meta.url).pathname, ...args], {
    // Nothing is asked of the network, and no log but errors.
    env: {
      ...process.env,
      TF_CPP_MIN_LOG_LEVEL: '3',
      HF_HUB_OFFLINE: '1',
      HF_DATASETS_DISABLE_PROGRESS_BARS: '1',
    },
  });
}

/** Never synchronous: vitest gives up on a worker that is silent for a minute, and fails a run whose tests all passed. */
async function finished(
  command: string,
  args: readonly string[],
  options: ExecFileOptions = {},
): Promise<string> {
  const { stdout, stderr } = await start(command, args, {
    ...options,
    encoding: 'utf8',
    maxBuffer: 64 * 2 ** 20,
  });
  process.stderr.write(stderr);
  return stdout;
}
