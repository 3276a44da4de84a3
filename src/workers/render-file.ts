import { renameSync, rmSync } from 'node:fs';
import { workerData } from 'node:worker_threads';
import type { DicomFile } from '../dicom/dataset.js';
import { decodeFrame, frameCount } from '../dicom/frames.js';
import { readOpen } from '../dicom/read-open.js';
import { encodePng, lentJpeg } from '../dicom/render/encode.js';
import { renderFrame } from '../dicom/render/frame.js';
import { reductionLevels } from '../dicom/render/reduction.js';
import type { Rendered, RenderOptions } from '../dicom/render/types.js';
import { text } from '../dicom/values.js';
import { CxrError } from '../errors.js';
import { openIfDicom, writeFileBytes } from './file-bytes.js';
import { threadTask } from './thread-task.js';

/** The same for all files of a run. Paths are bytes, one character each. */
export interface RenderRun {
  readonly options: RenderOptions;
  readonly format: 'png' | 'jpeg';
  /** Inputs that no output may replace. */
  readonly inputs: ReadonlySet<string>;
}

export interface RenderTask {
  readonly source: string;
  /** Output folder, and the file's name there without extension. */
  readonly folder: string;
  readonly stem: string;
  /** Path of the first picture until all are finished; those of later frames add `-2`, `-3`. */
  readonly temporary: string;
}

export type RenderOutcome =
  | { readonly status: 'done'; readonly pictures: readonly Picture[] }
  | { readonly status: 'ignored' | 'skipped'; readonly reason: string };

export interface Picture extends Pick<Rendered, 'width' | 'height' | 'maxValue' | 'window' | 'modality'> {
  readonly path: string;
}

const run = workerData as RenderRun;

/** Reads, decodes, renders and writes one file; its pictures appear together or not at all. */
export default threadTask(async (task: RenderTask): Promise<RenderOutcome> => {
  const source = openIfDicom(task.source);
  if (source === undefined) return { status: 'ignored', reason: 'not DICOM' };
  try {
    const file = readOpen(source);
    const reason = notAnImage(file);
    if (reason !== undefined) return { status: 'skipped', reason };
    return { status: 'done', pictures: await renderAll(file, task, source.unchanged) };
  } finally {
    source.close();
  }
});

/** One picture at a time is rendered and encoded: each takes the memory of the one before. */
let kept = new ArrayBuffer(0);
function room(bytes: number): ArrayBuffer {
  if (bytes > KEEP_BYTES) return new ArrayBuffer(bytes);
  if (bytes > kept.byteLength) kept = new ArrayBuffer(bytes);
  return kept;
}
const KEEP_BYTES = 32 * 2 ** 20;

/** Storage classes that hold no picture (PS3.4 B.5), by the start of their UID. */
const NOT_IMAGES: readonly (readonly [string, string])[] = [
  ['1.2.840.10008.5.1.4.1.1.88.', 'structured report'],
  ['1.2.840.10008.5.1.4.1.1.11.', 'presentation state'],
  ['1.2.840.10008.5.1.4.1.1.104.', 'encapsulated document'],
  ['1.2.840.10008.1.3.10', 'media directory'],
];

/** Why a file is not one to render; undefined for an image. */
function notAnImage({ meta, dataset }: DicomFile): string | undefined {
  const sopClass = text(dataset, '00080016') ?? text(meta, '00020002') ?? '';
  const known = NOT_IMAGES.find(([start]) => sopClass.startsWith(start));
  if (known !== undefined) return known[1];
  // An image without its pixels is a bad file; something without rows is no image.
  return dataset.has('00280010') || dataset.has('7fe00010') ? undefined : 'not an image';
}

/** @param check of what was read, before pictures get their names. */
async function renderAll(file: DicomFile, task: RenderTask, check: () => void): Promise<readonly Picture[]> {
  const { options, format } = run;
  const frames = frameCount(file);
  const reduce = reductionLevels(file, options);
  const pictures: Picture[] = [];
  const temporary = (index: number) => `${task.temporary}${suffix(index)}`;
  try {
    for (let index = 0; index < frames; index++) {
      const frame = await decodeFrame(file, index, { reduce, asStored: true });
      const rendered = renderFrame(file, frame, options, index, room);
      const encoded = await (format === 'png' ? encodePng(rendered) : lentJpeg(rendered));
      writeFileBytes(temporary(index), encoded);
      const { data: _data, channels: _channels, bits: _bits, ...picture } = rendered;
      pictures.push({ path: pathOf(task, index), ...picture });
    }
    check();
    for (const [index, { path }] of pictures.entries()) rename(temporary(index), path);
    return pictures;
  } catch (error) {
    for (let index = 0; index <= pictures.length; index++) rmSync(bytes(temporary(index)), { force: true });
    throw error;
  }
}

function pathOf(task: RenderTask, index: number): string {
  const extension = run.format === 'png' ? 'png' : 'jpg';
  const path = `${task.folder}/${task.stem}${suffix(index)}.${extension}`;
  if (run.inputs.has(path)) throw new CxrError('BAD_INPUT', 'the picture of a frame would replace an input');
  return path;
}

/** The first frame has the file's own name, the second `-2`. */
function suffix(index: number): string {
  return index === 0 ? '' : `-${index + 1}`;
}

function rename(from: string, to: string): void {
  try {
    renameSync(bytes(from), bytes(to));
  } catch (error) {
    throw new CxrError('OUTPUT_UNWRITABLE', (error as NodeJS.ErrnoException).code, { cause: error });
  }
}

function bytes(path: string): Buffer {
  return Buffer.from(path, 'latin1');
}
