import { type LabelledImage, labelledImages } from '../../catalog/labelled-images.js';
import {
  clearItems,
  datasetSource,
  type QuarantinedItem,
  quarantineItems,
} from '../../catalog/quarantine-items.js';
import { ExternalSort, seededKey } from '../../datasets/external-sort.js';
import { fileId, sealPath } from '../../privacy/seal.js';
import type { ObjectInfo } from '../../storage/port.js';
import {
  type InputPlan,
  type ProcessingIo,
  type ProcessingRun,
  SPLITS,
  type Split,
} from '../api/processing.js';
import { beating } from '../beat.js';
import type { Deps } from '../deps.js';
import { patiently } from '../patience.js';
import { type Sorted, sortKey } from '../processing/folder-inputs.js';
import type { InputRecord } from '../processing/records.js';
import { PART, staged } from '../processing/staged.js';
import { writeLines } from '../staging.js';

const PAGE = 1000;

/**
 * Lists the inputs of a version in parts, as they come: the order in which examples are written is decided when all of
 * them are known. No more than a part of each split is held.
 */
export function planInputs(deps: Deps): ProcessingIo['planInputs'] {
  return (run) =>
    beating<InputPlan, { found: number }>((report, signal) =>
      patiently(run.retry, signal, async () => {
        const planner = new Planner(deps, run);
        const told = () => report({ found: planner.found });
        if (run.query) await planner.fromCatalog(told);
        else await planner.fromFolder(signal, told);
        return await planner.end();
      }),
    );
}

class Planner {
  readonly #deps: Deps;
  readonly #run: ProcessingRun;
  readonly #source: string;
  readonly #open: Record<Split, InputRecord[]> = { train: [], val: [], test: [] };
  readonly #parts = { train: 0, val: 0, test: 0 };
  #unlabelled: QuarantinedItem[] = [];
  found = 0;
  #ignored = 0;
  #quarantined = 0;

  constructor(deps: Deps, run: ProcessingRun) {
    this.#deps = deps;
    this.#run = run;
    this.#source = datasetSource(run.source ?? 'catalog');
  }

  async fromFolder(signal: AbortSignal, told: () => void): Promise<void> {
    const { sourceRoot = '', pipeline } = this.#run;
    for await (const entry of this.#deps.store(sourceRoot).list('', { signal })) {
      this.found += 1;
      if (this.found % PAGE === 0) told();
      const sorted = sortKey(entry.key, pipeline.classes);
      if (sorted.kind === 'ignored') this.#ignored += 1;
      else if (sorted.kind === 'unlabelled')
        await this.#leaveOut(entry, 'expected {train,val,test}/{CLASS}/ of the class map');
      else await this.#add(sorted.split, this.#input(entry.key, sorted));
    }
  }

  #input(key: string, { class: name, label, named }: Extract<Sorted, { kind: 'image' }>): InputRecord {
    const { pathKey } = this.#deps.keyring;
    return {
      fileId: fileId(pathKey, this.#source, key),
      sealed: sealPath(pathKey, Buffer.from(key)).toString('base64'),
      ...(this.#run.ids === 'keep' && { imageId: key.replace(/\.[^./]*$/, ''), instance: key }),
      class: name,
      label,
      ...(named && { named }),
    };
  }

  /** Images of one patient go to one split: patients in seeded order fill one split after the other. */
  async fromCatalog(told: () => void): Promise<void> {
    const patients = new ExternalSort<LabelledImage>();
    try {
      for await (const image of this.#stored()) {
        this.found += 1;
        if (this.found % PAGE === 0) told();
        if (image.labels.length === 1) await patients.add(seededKey(this.#run.seed, image.patient), image);
        else
          await this.#leaveOut(
            { key: image.image_id, size: image.png_bytes, version: 'catalog' },
            `${image.labels.length} classes of the class map are present`,
          );
      }
      let before = 0;
      for await (const { values } of patients.groups()) {
        const split = this.#splitAt((before + values.length / 2) / patients.count);
        before += values.length;
        for (const image of values) await this.#add(split, this.#imageInput(image));
      }
    } finally {
      await patients.close();
    }
  }

  async *#stored(): AsyncGenerator<LabelledImage> {
    const { query = {}, pipeline } = this.#run;
    const classes = Object.keys(pipeline.classes);
    const list = (value: string | readonly string[] | undefined) =>
      typeof value === 'string' ? [value] : value;
    const wanted = list(query.label);
    let after = '';
    for (;;) {
      const page = await labelledImages(
        this.#deps.catalog.db,
        {
          modalities: list(query.modality),
          views: list(query.view) ?? ['AP', 'PA'],
          from: query.from,
          to: query.to,
        },
        classes,
        { after, limit: PAGE },
      );
      for (const image of page)
        if (wanted === undefined || image.labels.some((label) => wanted.includes(label))) yield image;
      if (page.length < PAGE) return;
      after = page.at(-1)?.image_id ?? '';
    }
  }

  #imageInput(image: LabelledImage): InputRecord {
    const name = image.labels[0] as string;
    return {
      fileId: fileId(this.#deps.keyring.pathKey, this.#source, image.image_id),
      place: { container: image.container, key: image.key },
      imageId: image.image_id,
      instance: image.instance_uid,
      // A pseudonym that stands for a study alone says nothing of the patient, but keeps the study together.
      patient: image.patient,
      view: image.view_position,
      class: name,
      label: this.#run.pipeline.classes[name] as number,
    };
  }

  #splitAt(share: number): Split {
    const { train, val } = this.#run.shares;
    return share <= train ? 'train' : share <= train + val ? 'val' : 'test';
  }

  async #add(split: Split, input: InputRecord): Promise<void> {
    this.#open[split].push(input);
    if (this.#open[split].length >= PART) await this.#close(split);
  }

  async #close(split: Split): Promise<void> {
    const inputs = this.#open[split];
    if (inputs.length === 0) return;
    await writeLines(this.#deps.objects, staged.inputs(this.#run, split, this.#parts[split]), inputs);
    this.#open[split] = [];
    this.#parts[split] += 1;
  }

  async #leaveOut(entry: Pick<ObjectInfo, 'key' | 'size' | 'version'>, reason: string): Promise<void> {
    const { pathKey } = this.#deps.keyring;
    this.#quarantined += 1;
    this.#unlabelled.push({
      fileId: fileId(pathKey, this.#source, entry.key),
      sealedPath: sealPath(pathKey, Buffer.from(entry.key)),
      size: entry.size,
      version: entry.version,
      code: 'NO_LABEL',
      reason,
    });
    if (this.#unlabelled.length >= PAGE) await this.#flush();
  }

  async #flush(): Promise<void> {
    const items = this.#unlabelled;
    this.#unlabelled = [];
    if (items.length > 0 && !this.#run.scratch)
      await quarantineItems(this.#deps.catalog.db, { runId: this.#run.runId, source: this.#source, items });
  }

  async end(): Promise<InputPlan> {
    if (!this.#run.scratch) await clearItems(this.#deps.catalog.db, this.#source, this.#run.runId);
    await this.#flush();
    for (const split of SPLITS) await this.#close(split);
    const { found } = this;
    return { found, ignored: this.#ignored, quarantined: this.#quarantined, parts: this.#parts };
  }
}
