import { publicConfig } from '../../config/load.js';
import { MANIFEST } from '../../datasets/version/manifest.js';
import { checkVersionName } from '../../datasets/version/name.js';
import { readDeviceRules } from '../../dicom/burnin/rules.js';
import { TABLE_SOURCE } from '../../dicom/deidentify/table.js';
import { CxrError } from '../../errors.js';
import { parseRoot, parseUri } from '../../storage/open.js';
import type { DetectionInput, DetectionMain, DetectionRun } from '../api/detection.js';
import { beating } from '../beat.js';
import type { Deps } from '../deps.js';
import { patiently } from '../patience.js';
import { checkSource, ensureDestination, namedPlace } from './named-place.js';
import { beginRun, runBase } from './open-base.js';
import { nextVersion } from './open-processing.js';
import { resolveSource } from './source.js';

/** Opens a run that builds one version of a detection dataset: the dataset is its own for as long. */
export function openDetection(deps: Deps): DetectionMain['openDetection'] {
  return (input) =>
    beating<DetectionRun, undefined>((_, signal) =>
      patiently(deps.config.retry, signal, () => open(deps, input)),
    );
}

async function open(deps: Deps, input: DetectionInput): Promise<DetectionRun> {
  const { settings } = publicConfig(deps.config);
  const { detection, render } = settings;
  const boxes = required('boxes', input.boxes ?? detection.boxes);
  const source = resolveSource(deps.config, required('images', input.images ?? detection.images), 'images');
  const destination = parseRoot(
    input.destination ?? detection.destination ?? `${settings.storage.root.replace(/\/$/, '')}/detection`,
  ).uri;
  const patients = input.patients ?? detection.patients;
  const sizes = input.sizes ?? detection.sizes;
  for (const [field, uri] of Object.entries({ boxes, patients, sizes })) await mustBeThere(deps, field, uri);
  await checkSource('images', source, deps.store(source.root));
  const output = input.scratch === undefined ? destination : deps.objects.root;
  const store = deps.store(output);
  await ensureDestination(input.destination !== undefined, store);
  const version = checkVersionName(input.version ?? (await nextVersion(deps, destination, '')));
  const size = input.size ?? detection.size;
  const rules = settings.deidentify.deviceRules;
  const run: DetectionRun = {
    ...runBase(deps, {
      type: 'detectionDataset',
      source: source.name,
      concurrency: input.concurrency ?? detection.concurrency,
      lease: input.scratch === undefined ? `dataset:${destination}` : `scratch:${input.scratch}`,
    }),
    type: 'detectionDataset',
    boxes,
    imagesRoot: source.root,
    destination,
    version,
    output,
    prefix: input.scratch === undefined ? `${version}/` : `${input.scratch}/${version}/`,
    scratch: input.scratch !== undefined,
    issuer: source.issuer ?? destination,
    seed: input.seed ?? detection.seed,
    splits: input.splits ?? detection.splits,
    annotators: input.annotators ?? detection.annotators,
    patients,
    sizes,
    stratify: input.stratify ?? detection.stratify,
    size: typeof size === 'number' ? { width: size, height: size } : size,
    fit: input.fit ?? detection.fit,
    burnedIn: input.burnedIn ?? detection.burnedIn,
    window: render.window,
    deviceRules: rules === undefined ? undefined : readDeviceRules(rules),
    codeVersion: deps.codeVersion,
  };
  if (await store.stat(run.prefix + MANIFEST)) throw new CxrError('VERSION_EXISTS');
  return await beginRun(deps, run, TABLE_SOURCE);
}

function required(field: string, value: string | undefined): string {
  if (value === undefined) throw new CxrError('BAD_INPUT', `${field}: neither given nor configured`);
  return value;
}

async function mustBeThere(deps: Deps, field: string, uri: string | undefined): Promise<void> {
  if (uri === undefined) return;
  const { root, key } = parseUri(uri);
  const store = deps.store(root);
  if ((await namedPlace(field, store, () => store.stat(key))) === undefined)
    throw new CxrError('BAD_INPUT', `${field}: there is no such file`);
}
