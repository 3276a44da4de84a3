import { datasetSource, quarantineItems } from '../../catalog/quarantine-items.js';
import { CxrError, type ErrorCode } from '../../errors.js';
import { openPath, sealPath } from '../../privacy/seal.js';
import { ahead } from '../ahead.js';
import type { PartCounts, ProcessingCpu, ProcessingRun } from '../api/processing.js';
import { beating } from '../beat.js';
import type { Deps } from '../deps.js';
import { type Place, placeOf } from '../io/places.js';
import { patiently } from '../patience.js';
import type { InputRecord, PreparedImage, PreparedRecord } from '../processing/records.js';
import { staged } from '../processing/staged.js';
import { readLines, writeLines } from '../staging.js';
import type { Facts, PrepareBatchInput, PreparedBatch } from './processing/prepare-batch.js';
import type { Prepared, PrepareInput } from './processing/prepare-image.js';
import { readSource } from './read-source.js';
import { Rooms } from './rooms.js';

/** Images that go to a thread together. */
const BATCH = 8;
/** Batches read ahead of the threads. */
const AHEAD = 2;
const NONE = new Uint8Array(0);
/** What may be the machine's fault and not the image's: tried once more, alone and with more time. */
const DOUBTFUL: ReadonlySet<ErrorCode> = new Set(['TOO_SLOW', 'OUT_OF_MEMORY', 'THREAD_CRASHED']);
const PATIENCE = 4;

/**
 * Decodes the images of one part into staging. A bad image is left out with its reason; a broken world fails the part
 * as a whole, so that no image is ever left out by chance. A part that was begun and never ended had a crash in it:
 * then its images go one by one to a process of their own.
 */
export function preparePart(deps: Deps): ProcessingCpu['preparePart'] {
  return ({ run, split, part }) =>
    beating<PartCounts, undefined>(async (_, signal) => {
      const { objects } = deps;
      const begun = staged.begun(run, split, part);
      // Asked once: what a broken world ends in the middle is no crash.
      const suspect = await patiently(run.retry, signal, async () => {
        const crashed = (await objects.stat(begun)) !== undefined;
        if (!crashed) await objects.write(begun, new Uint8Array(0));
        return crashed;
      });
      return await patiently(run.retry, signal, async () => {
        const done = staged.records(run, split, part);
        if (await objects.stat(done)) return countOf(await readLines<PreparedRecord>(objects, done));
        const inputs = await readLines<InputRecord>(objects, staged.inputs(run, split, part));
        const worker = new Preparing(deps, run, suspect, signal);
        const records: PreparedRecord[] = [];
        try {
          const pixels = worker.pixels(inputs, records);
          await objects.write(staged.pixels(run, split, part), pixels, { signal, direct: true });
        } finally {
          worker.close();
        }
        await noteQuarantined(deps, run, inputs, records);
        await writeLines(objects, done, records);
        return countOf(records);
      });
    });
}

interface Done {
  readonly record: PreparedRecord;
  /** None of what is left out. */
  readonly pixels: Uint8Array;
}

interface DoneTogether {
  readonly records: readonly PreparedRecord[];
  /** Of all of them, in order. */
  readonly pixels: readonly Uint8Array[];
  /** Where pixels lie that came together. */
  readonly lent?: Uint8Array | undefined;
}

class Preparing {
  readonly #deps: Deps;
  readonly #run: ProcessingRun;
  readonly #signal: AbortSignal;
  readonly #suspect: boolean;
  /** Of a store that has written a piece when it asks for the next one. */
  readonly #rooms: Rooms | undefined;
  #isolated: ReturnType<Deps['isolated']> | undefined;

  constructor(deps: Deps, run: ProcessingRun, suspect: boolean, signal: AbortSignal) {
    this.#deps = deps;
    this.#run = run;
    this.#suspect = suspect;
    this.#signal = signal;
    this.#rooms = deps.objects.path && new Rooms();
  }

  /** The pixels of all images, one behind the other; what became of each input goes to `records`, in order. */
  async *pixels(inputs: readonly InputRecord[], records: PreparedRecord[]): AsyncGenerator<Uint8Array> {
    let offset = 0;
    const batches = Array.from({ length: Math.ceil(inputs.length / this.#size) }, (_, i) =>
      inputs.slice(i * this.#size, (i + 1) * this.#size),
    );
    const limit = this.#suspect ? 1 : this.#deps.pool.threads + AHEAD;
    for await (const some of ahead(batches, limit, (batch) => this.#some(batch))) {
      for (const record of some.records)
        if (record.left === undefined) {
          records.push({ ...record, offset });
          offset += record.length;
        } else records.push(record);
      yield* some.pixels;
      if (some.lent) this.#rooms?.give(some.lent);
    }
  }

  async #some(inputs: readonly InputRecord[]): Promise<DoneTogether> {
    const batch = await this.#batch(inputs);
    const done: Done[] = [];
    let at = 0;
    for (const [i, input] of inputs.entries()) {
      const image = batch?.images[i];
      if (batch === undefined || image === undefined) {
        // One after another: as many files are held as there are batches under way.
        done.push(await this.#one(input));
        continue;
      }
      const pixels = batch.bytes.subarray(at, at + image.length);
      at += image.length;
      done.push({ record: recordOf(input, image), pixels });
    }
    const whole = batch?.images.includes(undefined) ? undefined : batch?.bytes;
    return {
      records: done.map(({ record }) => record),
      pixels: whole ? [whole] : done.map(({ pixels }) => pixels),
      lent: batch?.bytes,
    };
  }

  /**
   * Undefined where they lie elsewhere or have to be opened one by one; also where one of them ended the thread: which,
   * is found out one by one.
   */
  async #batch(inputs: readonly InputRecord[]): Promise<PreparedBatch | undefined> {
    const files = this.#paths(inputs);
    if (files === undefined) return undefined;
    const { pipeline, limits } = this.#run;
    const room = this.#rooms?.take();
    const task: PrepareBatchInput = { files, maxBytes: limits.file, pipeline, issuer: this.#issuer, room };
    try {
      return await this.#deps.pool.run<PreparedBatch>('prepareBatch', task, { signal: this.#signal });
    } catch (error) {
      if (!(error instanceof CxrError) || !DOUBTFUL.has(error.code)) throw error;
      return undefined;
    }
  }

  /** Of files on this machine; undefined where they lie elsewhere or have to be opened one by one. */
  #paths(inputs: readonly InputRecord[]): PrepareBatchInput['files'] | undefined {
    if (this.#suspect) return undefined;
    const paths: { path: Uint8Array; name: string }[] = [];
    for (const input of inputs) {
      const { store, key } = this.#place(input);
      if (store.path === undefined) return undefined;
      paths.push({ path: store.path(key), name: key });
    }
    return paths;
  }

  async #one(input: InputRecord): Promise<Done> {
    try {
      const { pixels: samples, ...facts } = await this.#prepared(input);
      const pixels = new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
      return { record: recordOf(input, { ...facts, length: pixels.length }), pixels };
    } catch (error) {
      this.#signal.throwIfAborted();
      if (!(error instanceof CxrError) || error.kind !== 'file') throw error;
      const left = error.code === 'NOT_AN_IMAGE' && !input.named ? 'ignored' : 'quarantined';
      const { code, message: reason } = error;
      return { record: { left, fileId: input.fileId, code, reason }, pixels: NONE };
    }
  }

  async #prepared(input: InputRecord): Promise<Prepared> {
    if (this.#suspect) return await this.#alone(input);
    try {
      const task = await this.#task(input);
      return await this.#deps.pool.run<Prepared>('prepareImage', task, { signal: this.#signal });
    } catch (error) {
      if (!(error instanceof CxrError) || !DOUBTFUL.has(error.code)) throw error;
      return await this.#alone(input);
    }
  }

  async #alone(input: InputRecord): Promise<Prepared> {
    this.#isolated ??= this.#deps.isolated();
    const timeout = this.#run.limits.time * PATIENCE;
    const options = { signal: this.#signal, timeout };
    return await this.#isolated.run<Prepared>('prepareImage', await this.#task(input), options);
  }

  async #task(input: InputRecord): Promise<PrepareInput> {
    const { pipeline, limits } = this.#run;
    const { store, key } = this.#place(input);
    const { bytes } = await readSource(store, key, limits.file, this.#signal);
    // Equal files at two places are two images; the name goes into the id as a hash only.
    return { bytes, name: key, pipeline, issuer: this.#issuer };
  }

  #place({ place, sealed = '' }: InputRecord): Place {
    const { sourceRoot = '', containers } = this.#run;
    if (place !== undefined) return placeOf(this.#deps, containers, place.container, place.key);
    const path = openPath(this.#deps.keyring.pathKey, Buffer.from(sealed, 'base64'));
    return { store: this.#deps.store(sourceRoot), key: path.toString() };
  }

  get #issuer(): string {
    return this.#run.issuer ?? this.#run.source ?? '';
  }

  /** Images a task. Alone where one of them may be a thread's end. */
  get #size(): number {
    return this.#suspect ? 1 : BATCH;
  }

  close(): void {
    this.#isolated?.close();
    this.#rooms?.close();
  }
}

/** The place of its pixels is known when they are written. */
function recordOf(input: InputRecord, prepared: Facts): PreparedImage {
  const { patient, view, imageId, ...facts } = prepared;
  const [known, seen] = [input.patient ?? patient, input.view ?? view];
  return {
    ...facts,
    imageId: input.imageId ?? imageId,
    class: input.class,
    label: input.label,
    source: input.instance ?? `sha256:${prepared.hash}`,
    ...(known !== undefined && { patient: known }),
    ...(seen !== undefined && { view: seen }),
    offset: 0,
  };
}

async function noteQuarantined(
  deps: Deps,
  run: ProcessingRun,
  inputs: readonly InputRecord[],
  records: readonly PreparedRecord[],
): Promise<void> {
  const byId = new Map(inputs.map((input) => [input.fileId, input]));
  const items = records.flatMap((record) => {
    if (record.left !== 'quarantined') return [];
    const { sealed, place } = byId.get(record.fileId) ?? {};
    const path = sealed
      ? Buffer.from(sealed, 'base64')
      : sealPath(deps.keyring.pathKey, Buffer.from(`${place?.container}/${place?.key}`));
    const { code = 'UNEXPECTED', reason = '' } = record;
    return [{ fileId: record.fileId, sealedPath: path, size: 0, version: '', code, reason }];
  });
  if (items.length === 0 || run.scratch) return;
  const source = datasetSource(run.source ?? 'catalog');
  await quarantineItems(deps.catalog.db, { runId: run.runId, source, items });
}

function countOf(records: readonly PreparedRecord[]): PartCounts {
  const of = (left: PreparedRecord['left']) => records.filter((record) => record.left === left).length;
  return { done: of(undefined), ignored: of('ignored'), quarantined: of('quarantined') };
}
