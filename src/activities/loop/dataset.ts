import { parse } from 'csv-parse/sync';
import type { VersionFile, VersionManifest } from '../../datasets/version/manifest.js';
import { CxrError, isCxrError } from '../../errors.js';
import type { ObjectStore } from '../../storage/port.js';
import type { VersionRef } from '../api/loop.js';
import type { Deps } from '../deps.js';
import { readVersion } from '../versions/publish.js';

/** Splits whose patients no model may learn from: they are what models are measured on. */
export const PROTECTED_SPLITS = ['validation', 'val', 'test', 'canary'] as const;
/** What `feedbackRetrain` adds. */
export const RETRAIN = 'retrain';
/** Kinds of versions that hold `organized/{split}/{images,labels}`. */
export const KINDS = ['detectionDataset', 'feedbackRetrain'] as const;

/** One picture of a dataset with its label file; of an image that several readers read there are several. */
export interface DatasetImage {
  readonly imageId: string;
  /** Of its files, without extension: the image id, and the reader where there are several. */
  readonly name: string;
  readonly split: string;
  /** Pseudonym; of an image whose patient is unknown, the image's own. */
  readonly patient: string;
  readonly store: ObjectStore;
  /** Of the picture and of its labels in `store`. */
  readonly image: string;
  readonly labels: string | undefined;
  readonly bytes: number;
}

/** One version of the chain: a retraining's version holds what it added, and goes on from its parent. */
interface Link {
  readonly ref: VersionRef;
  readonly manifest: VersionManifest;
  readonly images: readonly DatasetImage[];
}

export interface Dataset {
  readonly ref: VersionRef;
  readonly classes: readonly string[];
  /** The version itself first, then what it goes on from. */
  readonly links: readonly Link[];
  /** Pictures of a split, of the whole chain. What a later version says of an image stands over an earlier one. */
  split(name: string): readonly DatasetImage[];
  /** What is trained on: `training` and all that was added, each image as the latest version has it. */
  training(): readonly DatasetImage[];
  /** Any picture of an image, wherever it is. */
  find(imageId: string): DatasetImage | undefined;
}

/** A chain this long is a loop. */
const LONGEST = 1_000;

/**
 * Opens a dataset version with all that it goes on from.
 * @throws CxrError VERSION_MISSING, VERSION_DAMAGED (also where a parent is not the one it was built on)
 */
export async function openDataset(deps: Deps, ref: VersionRef): Promise<Dataset> {
  const store = deps.store(ref.root);
  const links: Link[] = [];
  for (let next: VersionRef | undefined = ref; next; ) {
    const { manifest, sha256 } = await readVersion(store, `${next.version}/`);
    if (sha256 !== next.hash) throw new CxrError('VERSION_DAMAGED', `${next.version} is not the one it was`);
    links.push({ ref: next, manifest, images: await imagesOf(store, next, manifest) });
    if (links.length > LONGEST) throw new CxrError('VERSION_DAMAGED', 'its parents lead back to it');
    next = parentOf(next, manifest);
  }
  const [{ manifest }] = links as [Link, ...Link[]];
  const split = (name: string) => latest(links.map(({ images }) => images.filter((i) => i.split === name)));
  const byId = new Map<string, DatasetImage>();
  for (const { images } of [...links].reverse()) for (const image of images) byId.set(image.imageId, image);
  return {
    ref,
    classes: manifest.classes,
    links,
    split,
    training: () =>
      latest(
        links.map(({ images }) => images.filter((i) => i.split === RETRAIN || /^train(ing)?$/.test(i.split))),
      ),
    find: (imageId) => byId.get(imageId),
  };
}

/** Pictures of each list, the first list that has an image being the one that counts. */
function latest(lists: readonly (readonly DatasetImage[])[]): readonly DatasetImage[] {
  const seen = new Set<string>();
  const taken: DatasetImage[] = [];
  for (const images of lists) {
    const fresh = images.filter(({ imageId }) => !seen.has(imageId));
    for (const { imageId } of fresh) seen.add(imageId);
    taken.push(...fresh);
  }
  return taken.sort((a, b) => (a.name < b.name ? -1 : 1));
}

function parentOf({ root, dataset }: VersionRef, manifest: VersionManifest): VersionRef | undefined {
  if (manifest.kind !== 'feedbackRetrain') return undefined;
  const { parent } = manifest.details as { readonly parent?: string };
  const hash = manifest.parents.find(({ kind }) => kind === 'dataset')?.sha256;
  if (typeof parent !== 'string' || hash === undefined)
    throw new CxrError('VERSION_DAMAGED', 'it does not say what it goes on from');
  return { root, dataset, version: parent, hash };
}

const IMAGE = /^organized\/([^/]+)\/images\/([^/]+)\.[^./]+$/;
const LABELS = /^organized\/([^/]+)\/labels\/([^/]+)\.txt$/;

async function imagesOf(
  store: ObjectStore,
  { version }: VersionRef,
  manifest: VersionManifest,
): Promise<readonly DatasetImage[]> {
  const known = await itemsOf(store, `${version}/`);
  const labels = new Set(manifest.files.filter(({ path }) => LABELS.test(path)).map(({ path }) => path));
  return manifest.files.flatMap((file: VersionFile) => {
    const [, split, name] = IMAGE.exec(file.path) ?? [];
    if (split === undefined || name === undefined) return [];
    const imageId = idOf(name, known);
    const beside = `organized/${split}/labels/${name}.txt`;
    return [
      {
        imageId,
        name,
        split,
        patient: known.get(imageId) ?? imageId,
        store,
        image: `${version}/${file.path}`,
        labels: labels.has(beside) ? `${version}/${beside}` : undefined,
        bytes: file.bytes,
      },
    ];
  });
}

/** `<image_id>_<reader>`, or the image id. */
function idOf(name: string, known: ReadonlyMap<string, string>): string {
  if (known.has(name)) return name;
  const cut = name.lastIndexOf('_');
  const id = name.slice(0, cut);
  return cut > 0 && (known.has(id) || /^_R\d+$/.test(name.slice(cut))) ? id : name;
}

/** Pseudonyms of patients by image id, from `splits.csv` of the version. */
async function itemsOf(store: ObjectStore, prefix: string): Promise<ReadonlyMap<string, string>> {
  try {
    const rows = parse(await store.read(`${prefix}splits.csv`), { columns: true }) as Record<
      string,
      string
    >[];
    return new Map(rows.map((row) => [row.image_id ?? '', row.patient || row.image_id || '']));
  } catch (error) {
    if (isCxrError(error) && error.code === 'NOT_FOUND') return new Map();
    throw error;
  }
}
