import { listVersions } from '../../catalog/dataset-versions.js';
import { publicConfig } from '../../config/load.js';
import { loadPipeline } from '../../config/pipeline.js';
import { MANIFEST } from '../../datasets/version/manifest.js';
import { checkVersionName } from '../../datasets/version/name.js';
import { CxrError } from '../../errors.js';
import { parseRoot } from '../../storage/open.js';
import type { ProcessingInput, ProcessingMain, ProcessingRun } from '../api/processing.js';
import { beating } from '../beat.js';
import type { Deps } from '../deps.js';
import { patiently } from '../patience.js';
import { abandonVersion } from '../versions/publish.js';
import { checkSource, ensureDestination } from './named-place.js';
import { beginRun, runBase } from './open-base.js';
import { resolveSource } from './source.js';

/** Parts and shards are three events each, and as many for the workflow's own steps. */
const STEPS_A_PASS = 1_200;

/** Reads everything that the run uses, once; takes the place of the version; refuses one that is there. */
export function openProcessing(deps: Deps): ProcessingMain['openProcessing'] {
  return (input) =>
    beating<ProcessingRun, undefined>((_, signal) =>
      patiently(deps.config.retry, signal, () => open(deps, input)),
    );
}

async function open(deps: Deps, input: ProcessingInput): Promise<ProcessingRun> {
  const { settings } = publicConfig(deps.config);
  const { datasets, store } = settings;
  const { settings: steps } = loadPipeline({ file: datasets.pipeline, steps: input.steps });
  const formats = input.formats ?? steps.output.formats;
  const pipeline = { ...steps, output: { ...steps.output, formats } };
  const origin = typeof input.source === 'string' ? resolveSource(deps.config, input.source) : undefined;
  if (origin) await checkSource('source', origin, deps.store(origin.root));
  const query = typeof input.source === 'string' ? undefined : (input.source ?? {});
  const destination = parseRoot(input.destination ?? deps.objects.root).uri;
  const folder = `${input.scratch ?? 'processed'}/`;
  const root = `${destination}/${folder}`.replace(/\/$/, '');
  const target = deps.store(destination);
  await ensureDestination(input.destination !== undefined, target);
  const version = checkVersionName(input.version ?? (await nextVersion(deps, destination, folder)));
  const prefix = `${folder}${version}/`;
  const run: ProcessingRun = {
    ...runBase(deps, {
      type: 'chestXrayProcessing',
      source: origin?.name,
      concurrency: input.concurrency ?? datasets.concurrency,
      lease: `version:${root}/${version}`,
    }),
    type: 'chestXrayProcessing',
    lease: `version:${root}/${version}`,
    sourceRoot: origin?.root,
    issuer: origin?.issuer,
    query,
    destination,
    folder,
    prefix,
    dataset: input.dataset ?? datasets.name,
    version,
    seed: input.seed ?? datasets.seed,
    pipeline,
    leakage: input.leakage ?? datasets.leakage,
    ids: input.ids ?? datasets.ids,
    shares: input.shares ?? datasets.shares,
    containers: store.containers,
    publication: input.publication ?? datasets.publication,
    codeVersion: deps.codeVersion,
    scratch: input.scratch !== undefined,
    stepsAPass: STEPS_A_PASS,
  };
  if (await target.stat(prefix + MANIFEST)) throw new CxrError('VERSION_EXISTS', version);
  return await beginRun(deps, run);
}

/** One more than the highest `v1.N` of this place, `v1.0` where there is none; of a place that the catalog knows, or not. */
export async function nextVersion(deps: Deps, destination: string, folder: string): Promise<string> {
  const root = `${destination}/${folder.slice(0, -1)}`;
  const taken = (await listVersions(deps.catalog.db)).filter((version) => version.root === root);
  const minors = taken.flatMap(({ version }) => /^v1\.(\d+)$/.exec(version)?.[1] ?? []).map(Number);
  const store = deps.store(destination);
  for (let minor = Math.max(-1, ...minors) + 1; ; minor++)
    if (!(await store.stat(`${folder}v1.${minor}/${MANIFEST}`))) return `v1.${minor}`;
}

/** A run that was cancelled or failed: a version is there whole or not at all. */
export function abandonProcessing(deps: Deps): ProcessingMain['abandonProcessing'] {
  return ({ run }) =>
    beating<void, undefined>((_, signal) =>
      patiently(run.retry, signal, () => abandonVersion(deps.store(run.destination), run.prefix, run.runId)),
    );
}
