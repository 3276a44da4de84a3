import { createHash } from 'node:crypto';
import type { VersionPatient } from '../../catalog/dataset-versions.js';
import { ExternalSort } from '../../datasets/external-sort.js';
import { exampleId } from '../../datasets/shards.js';
import type { LineageRow } from '../../datasets/version/lineage.js';
import type { SplitFacts, VersionFile } from '../../datasets/version/manifest.js';
import { deviation } from '../../imaging/steps/moments.js';
import type { ObjectStore } from '../../storage/port.js';
import { type ProcessingRun, SPLITS, type Split } from '../api/processing.js';
import { readLines } from '../staging.js';
import type { StoredPlan } from './plan-order.js';
import type { ShardItem } from './records.js';
import { staged } from './staged.js';

export interface SplitContents extends SplitFacts {
  readonly name: Split;
  /** Of the files of each format, what is in them. */
  readonly shards: readonly { readonly examples: number; readonly bytes: number }[];
}

/** What has been written of a version, as its shards' lists and files in staging say; read as it is asked for. */
export class Contents {
  readonly #store: ObjectStore;
  readonly #run: ProcessingRun;
  readonly #plan: StoredPlan;
  readonly #patients = new ExternalSort<{ readonly patient: string; readonly split: Split }>();

  constructor(store: ObjectStore, run: ProcessingRun, plan: StoredPlan) {
    this.#store = store;
    this.#run = run;
    this.#plan = plan;
  }

  /** The files of all shards, in all formats. */
  async shards(): Promise<VersionFile[]> {
    const files: VersionFile[] = [];
    for (const split of SPLITS)
      for (const format of this.#run.pipeline.output.formats)
        for (let shard = 0; shard < this.#plan.shards[split]; shard++)
          files.push(await this.#file(format, split, shard));
    return files;
  }

  async #file(format: string, split: Split, shard: number): Promise<VersionFile> {
    const bytes = await this.#store.read(staged.file(this.#run, format, split, shard));
    return JSON.parse(bytes.toString('utf8')) as VersionFile;
  }

  async *#items(split: Split): AsyncGenerator<ShardItem & { shard: number; position: number }> {
    for (let shard = 0; shard < this.#plan.shards[split]; shard++) {
      const items = await readLines<ShardItem>(this.#store, staged.shard(this.#run, split, shard));
      for (const [position, item] of items.entries()) yield { ...item, shard, position };
    }
  }

  async *lineage(): AsyncGenerator<LineageRow> {
    for (const split of SPLITS)
      for await (const { image, copy, shard, position } of this.#items(split)) {
        const { imageId, hash, label, patient, source } = image;
        const row = { imageId, copy, hash, split, label, patient, source, shard, position };
        yield { ...row, exampleId: exampleId({ imageId, copy }), className: image.class };
      }
  }

  /** Splits that have images. Also learns the patients of each. */
  async splits(): Promise<readonly SplitContents[]> {
    const splits: (SplitContents & { readonly identified: number })[] = [];
    for (const split of SPLITS) if (this.#plan.shards[split] > 0) splits.push(await this.#split(split));
    const patients: Partial<Record<Split, number>> = {};
    for await (const { split } of this.patients())
      patients[split as Split] = (patients[split as Split] ?? 0) + 1;
    return splits.map(({ identified, ...split }) => ({
      ...split,
      patients: identified === split.images ? (patients[split.name] ?? null) : null,
    }));
  }

  /** `identified` are its images whose patient is known. */
  async #split(name: Split): Promise<SplitContents & { readonly identified: number }> {
    const { formats } = this.#run.pipeline.output;
    const classes = Object.fromEntries(Object.keys(this.#run.pipeline.classes).map((one) => [one, 0]));
    const shards = Array.from({ length: this.#plan.shards[name] }, () => ({ examples: 0, bytes: 0 }));
    let [images, identified] = [0, 0];
    for await (const { image, copy, shard } of this.#items(name)) {
      (shards[shard] as { examples: number }).examples += 1;
      if (copy > 0) continue;
      images += 1;
      classes[image.class] = (classes[image.class] ?? 0) + 1;
      const { patient } = image;
      if (patient === undefined) continue;
      identified += 1;
      await this.#patients.add(hashed(patient), { patient, split: name });
    }
    let bytes = 0;
    for (const [index, shard] of shards.entries())
      for (const format of formats) {
        const file = await this.#file(format, name, index);
        bytes += file.bytes;
        // What TFDS wants to know is the size of its own format.
        if (format === 'tfrecord' || formats.length === 1) shard.bytes = file.bytes;
      }
    const moments = this.#plan.moments[name];
    return {
      name,
      images,
      identified,
      examples: shards.reduce((sum, { examples }) => sum + examples, 0),
      classes,
      patients: null,
      files: shards.length * formats.length,
      bytes,
      mean: moments.mean,
      std: deviation(moments),
      shards,
    };
  }

  /** By patient and split; only after `splits`. */
  async *patients(): AsyncGenerator<VersionPatient> {
    for await (const { values } of this.#patients.groups()) {
      const bySplit = new Map<Split, number>();
      for (const { split } of values) bySplit.set(split, (bySplit.get(split) ?? 0) + 1);
      for (const [split, images] of bySplit) yield { patient: values[0]?.patient ?? '', split, images };
    }
  }

  async close(): Promise<void> {
    await this.#patients.close();
  }
}

function hashed(patient: string): string {
  return createHash('sha256').update(patient).digest('hex');
}
