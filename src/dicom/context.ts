/**
 * What a dataset inherits from where it stands: the byte order of its values, and the character set of the
 * dataset around it when it names none (PS3.3 C.12.1.1.2). Kept beside the elements, so that readers of
 * values need only the dataset.
 */
import type { Dataset, Element, Tag } from './dataset.js';

export interface DatasetContext {
  readonly littleEndian: boolean;
  /** The dataset whose sequence holds this one. */
  readonly parent: Dataset | undefined;
}

/** A dataset that knows its context; every dataset that `readDicom` makes is one. */
export class ContextDataset extends Map<Tag, Element> {
  readonly context: DatasetContext;

  constructor(context: DatasetContext, elements?: Iterable<readonly [Tag, Element]>) {
    super(elements);
    this.context = context;
  }
}

const PLAIN: DatasetContext = { littleEndian: true, parent: undefined };

/** The context of any dataset: a plain `Map` is little endian and stands alone. */
export function contextOf(dataset: Dataset): DatasetContext {
  return dataset instanceof ContextDataset ? dataset.context : PLAIN;
}
