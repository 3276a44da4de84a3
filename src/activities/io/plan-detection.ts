import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { rememberedSplits } from '../../catalog/patient-splits.js';
import { readBoxes } from '../../datasets/boxes/read-boxes.js';
import { looksLikePicture } from '../../datasets/detection/picture.js';
import { type FoundImage, type Plan, planImages } from '../../datasets/detection/plan.js';
import type { PlannedImage } from '../../datasets/detection/records.js';
import { readPatients, readSizes } from '../../datasets/id-tables.js';
import { looksLikeDicom, readBeginning, readDicom } from '../../dicom/read.js';
import { text } from '../../dicom/values.js';
import { isCxrError } from '../../errors.js';
import { createPseudonyms, isPlaceholderId, type Pseudonyms } from '../../privacy/pseudonyms.js';
import { sealPath } from '../../privacy/seal.js';
import { parseUri } from '../../storage/open.js';
import type { ObjectInfo, ObjectStore } from '../../storage/port.js';
import type { DetectionIo, DetectionPlan, DetectionRun } from '../api/detection.js';
import { beating } from '../beat.js';
import type { Deps } from '../deps.js';
import { staged } from '../detection/places.js';
import { publicNames } from '../detection/public-names.js';
import { each } from '../each.js';
import { patiently } from '../patience.js';
import { writeLines } from '../staging.js';
import { claimVersion } from '../versions/publish.js';

/** Images of a shard, at least: what a dead worker has to do again at most. */
const SHARD = 25;
/** Shards of a run, at most: with five events each its history stays below 10,000. */
const MOST_SHARDS = 1_000;
const HEADS_AT_ONCE = 16;
const HEADS_A_PAGE = 500;
/** Holds everything before the image's own attributes in any film. */
const HEAD_BYTES = 128 * 1024;
/** Everything of a patient and study is before (0020,000E). */
const AFTER_STUDY = '0020000e';

/** What planning leaves for the other steps. */
export interface PlanFile extends DetectionPlan {
  readonly skipped: Plan['skipped'];
  /** Names of classes by id. */
  readonly classes: readonly string[];
  readonly rows: number;
  /** Splits that have images, in order, with their shards. */
  readonly splitShards: Readonly<Record<string, { readonly from: number; readonly to: number }>>;
  /** SHA-256 of the tables. */
  readonly tables: Readonly<Record<string, string>>;
}

/** Decides which images are in the version, in which split each, and who works on which. */
export function planDetection(deps: Deps): DetectionIo['planDetection'] {
  return (run) =>
    beating<DetectionPlan, undefined>((_, signal) =>
      patiently(run.retry, signal, async () => {
        const key = staged.plan(run);
        // Written last, so a plan that is there is whole; another attempt would seal its paths anew.
        if (await deps.objects.stat(key))
          return JSON.parse((await deps.objects.read(key)).toString('utf8')) as DetectionPlan;
        return await plan(deps, run, signal);
      }),
    );
}

async function plan(deps: Deps, run: DetectionRun, signal: AbortSignal): Promise<DetectionPlan> {
  const { objects } = deps;
  await claimVersion(deps.store(run.output), run.prefix, run.runId);
  const pseudonyms = createPseudonyms(deps.keyring.pseudonymKey);
  const boxes = await hashed(deps, run.boxes, readBoxes);
  const patients = run.patients === undefined ? undefined : await hashed(deps, run.patients, readPatients);
  const sizes = run.sizes === undefined ? undefined : await hashed(deps, run.sizes, readSizes);
  const { images: files, ignored } = await survey(deps, run, pseudonyms, signal);
  const names = publicNames(deps.keyring);
  const made = planImages(boxes.value, files, {
    ...run,
    remembered: await rememberedSplits(deps.catalog.db, run.destination),
    patients: patients && pseudonymsOf(patients.value, pseudonyms, run.issuer),
    sizes: sizes?.value,
    imageKey: names.imageKey,
    publicId: names.imageId,
    publicReader: names.reader,
  });
  const planned = [...made.images.values()].reduce((sum, list) => sum + list.length, 0);
  const shardSize = Math.max(SHARD, Math.ceil(planned / MOST_SHARDS));
  const splitShards: Record<string, { from: number; to: number }> = {};
  let shards = 0;
  for (const [split, images] of made.images) {
    const from = shards;
    for (let at = 0; at < images.length; at += shardSize) {
      const part: readonly PlannedImage[] = images.slice(at, at + shardSize);
      await writeLines(objects, staged.planned(run, shards), part);
      shards += 1;
    }
    if (shards > from) splitShards[split] = { from, to: shards };
  }
  await writeLines(objects, staged.problems(run), made.problems);
  const skipped = Object.values(made.skipped).reduce((sum, n) => sum + n, 0);
  const file: PlanFile = {
    shards,
    images: planned,
    counts: {
      found: made.found + ignored,
      done: 0,
      skipped,
      ignored,
      quarantined: made.found - planned - skipped,
    },
    skipped: made.skipped,
    classes: boxes.value.classes,
    rows: boxes.value.rows,
    splitShards,
    tables: {
      boxes: boxes.sha256,
      ...(patients && { patients: patients.sha256 }),
      ...(sizes && { sizes: sizes.sha256 }),
    },
  };
  await objects.write(staged.plan(run), Buffer.from(JSON.stringify(file)), {
    contentType: 'application/json',
  });
  const { shards: n, images, counts } = file;
  return { shards: n, images, counts };
}

/** A table by its URI, and the hash of its bytes. */
async function hashed<T>(
  deps: Deps,
  uri: string,
  read: (stream: Readable) => Promise<T>,
): Promise<{ readonly value: T; readonly sha256: string }> {
  const { root, key } = parseUri(uri);
  const hash = createHash('sha256');
  async function* hashing(stream: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of stream) {
      hash.update(chunk);
      yield chunk;
    }
  }
  const value = await read(Readable.from(hashing(await deps.store(root).readStream(key))));
  return { value, sha256: hash.digest('hex') };
}

function pseudonymsOf(
  patients: ReadonlyMap<string, string | null>,
  pseudonyms: Pseudonyms,
  issuer: string,
): ReadonlyMap<string, string | null> {
  const known = (id: string | null) =>
    id === null || isPlaceholderId(id) ? null : pseudonyms.patient(issuer, id);
  return new Map([...patients].map(([image, id]) => [image, known(id)]));
}

/** The pictures below the root of the images, recognised by content, with their patients where headers name them. */
async function survey(
  deps: Deps,
  run: DetectionRun,
  pseudonyms: Pseudonyms,
  signal: AbortSignal,
): Promise<{ readonly images: readonly FoundImage[]; readonly ignored: number }> {
  const store = deps.store(run.imagesRoot);
  const images: FoundImage[] = [];
  let ignored = 0;
  const look = async (page: readonly ObjectInfo[]) => {
    const found = await each(page, HEADS_AT_ONCE, (info) =>
      lookAt(deps, run, store, info, pseudonyms, signal),
    );
    for (const image of found) {
      if (image) images.push(image);
      else ignored += 1;
    }
  };
  let page: ObjectInfo[] = [];
  const own = ownFolder(run);
  for await (const info of store.list('', { signal })) {
    if (own !== undefined && info.key.startsWith(own)) continue;
    page.push(info);
    if (page.length < HEADS_A_PAGE) continue;
    await look(page);
    page = [];
  }
  await look(page);
  return { images, ignored };
}

/** Where the dataset itself lies below the images: its pictures are none of its input. */
function ownFolder({ imagesRoot, destination }: DetectionRun): string | undefined {
  const root = imagesRoot.replace(/\/$/, '');
  return destination.startsWith(`${root}/`) ? `${destination.slice(root.length + 1)}/` : undefined;
}

/** Undefined for what is no picture. */
async function lookAt(
  deps: Deps,
  run: DetectionRun,
  store: ObjectStore,
  { key, size }: ObjectInfo,
  pseudonyms: Pseudonyms,
  signal: AbortSignal,
): Promise<FoundImage | undefined> {
  if (key.endsWith('/') || size === 0) return undefined;
  const found = {
    imageId: idOf(key),
    sealedPath: sealPath(deps.keyring.pathKey, Buffer.from(key)).toString('base64'),
  };
  const wanted = run.patients === undefined ? HEAD_BYTES : 1024;
  try {
    const head = await store.read(key, { range: { start: 0, end: Math.min(size, wanted) }, signal });
    const dicom = looksLikeDicom(head);
    if (!dicom && !looksLikePicture(head)) return undefined;
    const named = dicom && run.patients === undefined;
    return { ...found, patient: named ? await patientOf(run, store, key, head, pseudonyms) : undefined };
  } catch (error) {
    // A file that cannot be read goes to quarantine when its pixels are wanted.
    if (isCxrError(error) && error.kind === 'file') return { ...found, patient: undefined };
    throw error;
  }
}

/** The name of the file without folders and extension. */
function idOf(key: string): string {
  return key.slice(key.lastIndexOf('/') + 1).replace(/\.(dicom|dcm|png|jpe?g)$/i, '');
}

/** As the de-identifier names the patient; undefined where the file names none. */
async function patientOf(
  run: DetectionRun,
  store: ObjectStore,
  key: string,
  head: Uint8Array,
  pseudonyms: Pseudonyms,
): Promise<string | undefined> {
  const dataset =
    readBeginning(head, AFTER_STUDY) ??
    readDicom(await store.read(key, { maxBytes: run.limits.file })).dataset;
  const id = text(dataset, '00100020') ?? '';
  if (!isPlaceholderId(id)) return pseudonyms.patient(text(dataset, '00100021') ?? run.issuer, id);
  const study = text(dataset, '0020000d');
  return study ? pseudonyms.unknownPatient(study) : undefined;
}
