/**
 * The elements of a file, one pass, with limits checked at each (PS3.5 section 7). The position only moves forward, but
 * for a suspected sequence in an UN that turns out to be bytes: such a try is never repeated within itself.
 */
import { CxrError, isCxrError } from '../errors.js';
import { ContextDataset } from './context.js';
import type { Dataset, Element, Tag } from './dataset.js';
import { vrOf } from './dictionary.js';
import type { ReadLimits } from './read.js';
import { guessEncoding } from './recognise.js';
import { DEFLATED, type Encoding } from './transfer-syntax.js';
import { hasLongLength, isVR } from './vr.js';

const ITEM = 0xfffee000;
const ITEM_END = 0xfffee00d;
const SEQUENCE_END = 0xfffee0dd;
const UNDEFINED_LENGTH = 0xffffffff;

/** One pass over the elements. `end` is where the innermost value of known length ends. */
export class ElementReader {
  position: number;
  elements: number;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #limits: ReadLimits;
  #littleEndian: boolean;
  #explicitVR: boolean;
  #depth = 0;

  constructor(bytes: Uint8Array, position: number, encoding: Encoding, limits: ReadLimits, elements = 0) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.position = position;
    this.#littleEndian = encoding.littleEndian;
    this.#explicitVR = encoding.explicitVR;
    this.#limits = limits;
    this.elements = elements;
  }

  /** Group 0002; its stated length only matters before deflated bytes, which may look like anything. */
  meta(): Dataset {
    const dataset = new ContextDataset({ littleEndian: true, parent: undefined });
    const end = this.#bytes.length;
    let stated = -1;
    while (end - this.position >= 8 && this.#view.getUint16(this.position, true) === 2) {
      if (this.position === stated && transferSyntaxOf(dataset) === DEFLATED) break;
      const element = this.#element(dataset, end);
      if (element === undefined) break;
      dataset.set(element.tag, element);
      if (element.tag === '00020000' && element.kind === 'value' && element.bytes.length === 4) {
        const { buffer, byteOffset } = element.bytes;
        stated = this.position + new DataView(buffer, byteOffset, 4).getUint32(0, true);
      }
    }
    return ascending(dataset);
  }

  topLevel(): Dataset {
    const dataset = new ContextDataset({ littleEndian: this.#littleEndian, parent: undefined });
    const end = this.#bytes.length;
    while (this.position < end) {
      if (this.#onlyZerosLeft()) break;
      const element = this.#element(dataset, end);
      if (element !== undefined) dataset.set(element.tag, element);
    }
    return ascending(dataset);
  }

  /** The elements before `tag`; undefined where the bytes end first. */
  before(tag: Tag): Dataset | undefined {
    const dataset = new ContextDataset({ littleEndian: this.#littleEndian, parent: undefined });
    const end = this.#bytes.length;
    const limit = Number.parseInt(tag, 16);
    while (this.position < end) {
      if (this.#tag(end) >= limit) return ascending(dataset);
      const element = this.#element(dataset, end);
      if (element !== undefined) dataset.set(element.tag, element);
    }
    return undefined;
  }

  /** Some writers pad the file; a tag (0000,0000) has no other use. */
  #onlyZerosLeft(): boolean {
    const rest = this.#bytes.length - this.position;
    if (rest >= 8 && this.#view.getUint32(this.position, true) !== 0) return false;
    for (let i = this.position; i < this.#bytes.length; i++) {
      if (this.#bytes[i] !== 0) {
        if (rest < 8) throw new CxrError('TRUNCATED', 'data element header');
        throw new CxrError('MALFORMED', 'data after the dataset');
      }
    }
    return true;
  }

  /** The element at the position; undefined for a delimiter that delimits nothing (some writers leave them). */
  #element(dataset: ContextDataset, end: number): Element | undefined {
    this.#count();
    const tagNumber = this.#tag(end);
    if (tagNumber === ITEM_END || tagNumber === SEQUENCE_END) {
      this.position += 8;
      return undefined;
    }
    if (tagNumber === ITEM) throw new CxrError('MALFORMED', 'item outside a sequence');
    const tag = (tagNumber >>> 0).toString(16).padStart(8, '0');
    const { vr, length, headerLength } = this.#vrAndLength(tag, dataset, end);
    this.position += headerLength;

    if (length === UNDEFINED_LENGTH) {
      if (vr === 'SQ') return this.#sequence(tag, vr, dataset, undefined, end);
      if (vr === 'UN') return this.#unknownSequence(tag, dataset, undefined, end);
      if (vr === 'OB' || vr === 'OW') return this.#fragments(tag, vr, end);
      throw new CxrError('MALFORMED', `(${tag}) ${vr} of undefined length`);
    }
    if (length > end - this.position) {
      throw new CxrError('TRUNCATED', `(${tag}) needs ${length} bytes, ${end - this.position} are left`);
    }
    if (vr === 'SQ') return this.#sequence(tag, vr, dataset, length, end);
    if (vr === 'UN' && length >= 8) {
      const sequence = this.#tryUnknownSequence(tag, dataset, length);
      if (sequence !== undefined) return sequence;
    }
    const bytes = this.#bytes.subarray(this.position, this.position + length);
    this.position += length;
    return { kind: 'value', tag, vr, bytes };
  }

  #count(): void {
    if (++this.elements > this.#limits.maxElements) {
      throw new CxrError('TOO_MANY_ELEMENTS', `over ${this.#limits.maxElements}`);
    }
  }

  /** The tag at the position, of which at least a whole header is there. */
  #tag(end: number): number {
    if (end - this.position < 8) throw new CxrError('TRUNCATED', 'data element header');
    const group = this.#view.getUint16(this.position, this.#littleEndian);
    return group * 0x10000 + this.#view.getUint16(this.position + 2, this.#littleEndian);
  }

  #vrAndLength(tag: Tag, dataset: ContextDataset, end: number) {
    const at = this.position + 4;
    const vr = this.#explicitVR ? ascii(this.#bytes, at, 2) : '';
    if (!isVR(vr)) {
      // Implicit; also single implicit elements that some writers leave in explicit files.
      const length = this.#view.getUint32(at, this.#littleEndian);
      return { vr: this.#resolve(vrOf(tag), dataset), length, headerLength: 8 };
    }
    if (!hasLongLength(vr)) {
      return { vr, length: this.#view.getUint16(at + 2, this.#littleEndian), headerLength: 8 };
    }
    if (end - at < 8) throw new CxrError('TRUNCATED', 'data element header');
    return { vr, length: this.#view.getUint32(at + 4, this.#littleEndian), headerLength: 12 };
  }

  /** PS3.5 A.1: where the registry leaves a choice, words are OW, and US or SS follows Pixel Representation. */
  #resolve(vr: string, dataset: Dataset): string {
    if (vr.length === 2) return vr;
    if (vr.endsWith('OW')) return 'OW';
    for (let at: Dataset | undefined = dataset; at !== undefined; at = parentOf(at)) {
      const representation = at.get('00280103');
      if (representation?.kind === 'value') return (representation.bytes[0] ?? 0) & 1 ? 'SS' : 'US';
    }
    return 'US';
  }

  #sequence(
    tag: Tag,
    vr: string,
    parent: ContextDataset,
    length: number | undefined,
    limit: number,
  ): Element {
    if (++this.#depth > this.#limits.maxDepth)
      throw new CxrError('TOO_DEEP', `over ${this.#limits.maxDepth}`);
    const items: Dataset[] = [];
    const end = length === undefined ? limit : this.position + length;
    while (length === undefined || this.position < end) {
      this.#count();
      const tagNumber = this.#tag(end);
      const itemLength = this.#view.getUint32(this.position + 4, this.#littleEndian);
      if (tagNumber === SEQUENCE_END) {
        this.position += 8;
        if (length === undefined) break;
        continue;
      }
      if (tagNumber !== ITEM) throw new CxrError('MALFORMED', `(${tag}) holds something that is not an item`);
      this.position += 8;
      items.push(this.#item(parent, itemLength, end));
    }
    this.#depth--;
    return { kind: 'sequence', tag, vr, items };
  }

  #item(parent: ContextDataset, length: number, limit: number): Dataset {
    if (length !== UNDEFINED_LENGTH && length > limit - this.position) {
      throw new CxrError('TRUNCATED', `item needs ${length} bytes, ${limit - this.position} are left`);
    }
    const end = length === UNDEFINED_LENGTH ? limit : this.position + length;
    const dataset = new ContextDataset({ littleEndian: this.#littleEndian, parent });
    const explicitVR = this.#explicitVR;
    // Items in the other VR encoding than their file exist; only ever trusted where the stated one cannot be.
    if (end - this.position >= 8) {
      const stated = { littleEndian: this.#littleEndian, explicitVR };
      this.#explicitVR = guessEncoding(this.#bytes, this.position, stated, end).explicitVR;
    }
    while (length === UNDEFINED_LENGTH || this.position < end) {
      if (length === UNDEFINED_LENGTH && this.#tag(end) === ITEM_END) {
        this.position += 8;
        break;
      }
      const element = this.#element(dataset, end);
      if (element !== undefined) dataset.set(element.tag, element);
    }
    this.#explicitVR = explicitVR;
    return ascending(dataset);
  }

  /** PS3.5 6.2.2 note 2: the content of an UN of undefined length is implicit VR little endian. */
  #unknownSequence(tag: Tag, parent: ContextDataset, length: number | undefined, limit: number): Element {
    const { littleEndian, explicitVR } = { littleEndian: this.#littleEndian, explicitVR: this.#explicitVR };
    this.#littleEndian = true;
    this.#explicitVR = false;
    try {
      return this.#sequence(tag, 'UN', parent, length, limit);
    } finally {
      this.#littleEndian = littleEndian;
      this.#explicitVR = explicitVR;
    }
  }

  /**
   * A sequence that somebody re-encoded as UN of known length, or a private one in an implicit file: it starts with
   * an item and parses to its very end. Limits hold inside; anything else means it is just bytes.
   */
  #tryUnknownSequence(tag: Tag, parent: ContextDataset, length: number): Element | undefined {
    const start = this.position;
    if (this.#view.getUint32(start, true) !== 0xe000fffe) return undefined;
    const depth = this.#depth;
    try {
      const sequence = this.#unknownSequence(tag, parent, length, start + length);
      if (this.position === start + length) return sequence;
    } catch (error) {
      if (!isCxrError(error) || (error.code !== 'TRUNCATED' && error.code !== 'MALFORMED')) throw error;
    }
    this.#depth = depth;
    this.position = start;
    return undefined;
  }

  /** PS3.5 A.4: the basic offset table, then fragments, then a delimiter. */
  #fragments(tag: Tag, vr: string, end: number): Element {
    const parts: Uint8Array[] = [];
    while (this.position < end) {
      this.#count();
      const tagNumber = this.#tag(end);
      const length = this.#view.getUint32(this.position + 4, this.#littleEndian);
      this.position += 8;
      if (tagNumber === SEQUENCE_END) break;
      if (tagNumber !== ITEM)
        throw new CxrError('MALFORMED', `(${tag}) holds something that is not a fragment`);
      if (length > end - this.position) {
        throw new CxrError('TRUNCATED', `fragment needs ${length} bytes, ${end - this.position} are left`);
      }
      parts.push(this.#bytes.subarray(this.position, this.position + length));
      this.position += length;
    }
    const [table = new Uint8Array(0), ...fragments] = parts;
    const view = new DataView(table.buffer, table.byteOffset, table.byteLength);
    const offsets: number[] = [];
    for (let i = 0; i + 4 <= table.length; i += 4) offsets.push(view.getUint32(i, true));
    return { kind: 'fragments', tag, vr, offsets, fragments };
  }
}

function parentOf(dataset: Dataset): Dataset | undefined {
  return dataset instanceof ContextDataset ? dataset.context.parent : undefined;
}

/** Elements must ascend (PS3.5 7.1); files where they do not are put in order, of doubles the last counts. */
function ascending(dataset: ContextDataset): Dataset {
  let previous = '';
  for (const tag of dataset.keys()) {
    if (tag < previous) {
      const sorted = [...dataset].sort(([a], [b]) => (a < b ? -1 : 1));
      dataset.clear();
      for (const [key, element] of sorted) dataset.set(key, element);
      return dataset;
    }
    previous = tag;
  }
  return dataset;
}

export function ascii(bytes: Uint8Array, from: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(from, from + length));
}

/** Transfer Syntax UID of the meta information, padding removed. */
export function transferSyntaxOf(meta: Dataset): string | undefined {
  const element = meta.get('00020010');
  if (element?.kind !== 'value' || element.bytes.length > 66) return undefined;
  const uid = ascii(element.bytes, 0, element.bytes.length).replace(/[\0 ]+$/, '');
  // Other text there is no transfer syntax of anybody: the dataset shows how it is encoded.
  return /^[\d.]+$/.test(uid) ? uid : undefined;
}
