/** What a profile would do to each element of a file, without doing it: for `cxrflow inspect`. */
import type { Dataset, DicomFile, Element } from '../dataset.js';
import { isPrivate } from '../dictionary.js';
import { text } from '../values.js';
import { realVR } from './identifiers.js';
import { MARKED } from './marks.js';
import { type Action, decide } from './plan.js';
import type { Profile } from './profile.js';

export interface Explained {
  readonly element: Element;
  /** The dataset that the element stands in. */
  readonly dataset: Dataset;
  /** 0 at the top, 1 in an item of a sequence there. */
  readonly depth: number;
  /** Number of the item that starts with this element, from 1; absent for the others. */
  readonly item?: number;
  /** `rebuilt`: file meta, group lengths and what the program itself writes. */
  readonly action: Action | 'rebuilt';
}

/** Elements in the order of the file, those of items after their sequence. */
export function* explain(file: DicomFile, profile: Profile): Generator<Explained> {
  for (const element of file.meta.values())
    yield { element, dataset: file.meta, depth: 0, action: 'rebuilt' };
  const sopClass = text(file.dataset, '00080016') ?? text(file.meta, '00020002') ?? '';

  function* walk(dataset: Dataset, depth: number, gone: boolean, item?: number): Generator<Explained> {
    let first = item;
    for (const element of dataset.values()) {
      const { tag } = element;
      const ours = tag.endsWith('0000') || (depth === 0 && MARKED.has(tag));
      const creatorTag = `${tag.slice(0, 4)}00${tag.slice(4, 6)}`;
      const creator = isPrivate(tag) ? text(dataset, creatorTag) : undefined;
      const place = { sopClass, nested: depth > 0, creator };
      const decided = decide(profile, tag, realVR(tag, element.vr), place).action;
      const action = gone ? 'remove' : ours ? 'rebuilt' : decided;
      yield { element, dataset, depth, action, ...(first !== undefined && { item: first }) };
      first = undefined;
      if (element.kind !== 'sequence') continue;
      const itemsGo = action === 'remove' || action === 'empty';
      for (const [i, nested] of element.items.entries()) yield* walk(nested, depth + 1, itemsGo, i + 1);
    }
  }
  yield* walk(file.dataset, 0, false);
}
