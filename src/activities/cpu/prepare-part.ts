import { datasetSource, quarantineItems } from '../../catalog/quarantine-items.js';
import { CxrError, type ErrorCode } from '../../errors.js';
import { openPath, sealPath } from '../../privacy/seal.js';
import { ahead } from '../ahead.js';
import type { PartCounts, ProcessingCpu, ProcessingRun } from '../api/processing.js';
import { beating } from '../beat.js';
import type { Deps } from '../deps.js';
import { placeOf } from '../io/places.js';
import { patiently } from '../patience.js';
import type { InputRecord, PreparedImage, PreparedRecord } from '../processing/records.js';
import { staged } from '../processing/staged.js';
import { readLines, writeLines } from '../staging.js';
import type { Prepared, PrepareInput } from './processing/prepare-image.js';
import { readSource } from './read-source.js';

/** Images read ahead of the threads. */
const AHEAD = 2;
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
          await objects.write(staged.pixels(run, split, part), worker.pixels(inputs, records), { signal });
        } finally {
          worker.close();
        }
        await noteQuarantined(deps, run, inputs, records);
        await writeLines(objects, done, records);
        return countOf(records);
      });
    });
}

class Preparing {
  readonly #deps: Deps;
  readonly #run: ProcessingRun;
  readonly #signal: AbortSignal;
  readonly #suspect: boolean;
  #isolated: ReturnType<Deps['isolated']> | undefined;

  constructor(deps: Deps, run: ProcessingRun, suspect: boolean, signal: AbortSignal) {
    this.#deps = deps;
    this.#run = run;
    this.#suspect = suspect;
    this.#signal = signal;
  }

  /** The pixels of all images, one behind the other; what became of each input goes to `records`, in order. */
  async *pixels(inputs: readonly InputRecord[], records: PreparedRecord[]): AsyncGenerator<Uint8Array> {
    let offset = 0;
    const limit = this.#suspect ? 1 : this.#deps.pool.threads + AHEAD;
    for await (const { record, pixels } of ahead(inputs, limit, (input) => this.#one(input))) {
      if (record.left !== undefined || pixels === undefined) {
        records.push(record);
        continue;
      }
      records.push({ ...record, offset, length: pixels.byteLength });
      offset += pixels.byteLength;
      yield new Uint8Array(pixels.buffer, pixels.byteOffset, pixels.byteLength);
    }
  }

  async #one(input: InputRecord): Promise<{ record: PreparedRecord; pixels?: Prepared['pixels'] }> {
    try {
      const prepared = await this.#prepared(input);
      return { record: recordOf(input, prepared), pixels: prepared.pixels };
    } catch (error) {
      this.#signal.throwIfAborted();
      if (!(error instanceof CxrError) || error.kind !== 'file') throw error;
      const left = error.code === 'NOT_AN_IMAGE' ? 'ignored' : 'quarantined';
      return { record: { left, fileId: input.fileId, code: error.code, reason: error.message } };
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
    const { sourceRoot = '', containers, pipeline, limits, issuer } = this.#run;
    const { store, key } = input.place
      ? placeOf(this.#deps, containers, input.place.container, input.place.key)
      : { store: this.#deps.store(sourceRoot), key: pathOf(this.#deps, input) };
    const { bytes } = await readSource(store, key, limits.file, this.#signal);
    // Equal files at two places are two images; the name goes into the id as a hash only.
    return { bytes, name: key, pipeline, issuer: issuer ?? this.#run.source ?? '' };
  }

  close(): void {
    this.#isolated?.close();
  }
}

function pathOf({ keyring }: Deps, { sealed = '' }: InputRecord): string {
  return openPath(keyring.pathKey, Buffer.from(sealed, 'base64')).toString();
}

/** Without the pixels, whose place is known when they are written. */
function recordOf(input: InputRecord, prepared: Prepared): PreparedImage {
  const { pixels: _, patient, view, imageId, ...facts } = prepared;
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
    length: 0,
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
