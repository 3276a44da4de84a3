import { contextOf } from '../context.js';
import type { Dataset, DicomFile, Element, Tag } from '../dataset.js';

const BINARY_SIZE: Readonly<Record<string, number>> = { US: 2, SS: 2, OW: 2, UL: 4, SL: 4, FL: 4, FD: 8 };

/** Reads the few kinds of value that rendering needs from a dataset; what is absent or malformed reads as empty. */
export class Attributes {
  readonly #dataset: Dataset;
  readonly #littleEndian: boolean;

  constructor(dataset: Dataset) {
    this.#dataset = dataset;
    this.#littleEndian = contextOf(dataset).littleEndian;
  }

  has(tag: Tag): boolean {
    const element = this.#dataset.get(tag);
    if (element?.kind === 'value') return element.bytes.length > 0;
    return element?.kind === 'sequence' && element.items.length > 0;
  }

  /** Text values, without padding. Names of views are compared, never shown, so any single-byte reading will do. */
  strings(tag: Tag): readonly string[] {
    const bytes = this.bytes(tag);
    if (bytes.length === 0) return [];
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
      .toString('utf8')
      .split('\\')
      .map((value) => value.replace(/\0+$/, '').trim());
  }

  /** Numbers, decimal strings or binary; a value that is no finite number reads as NaN and keeps its place. */
  numbers(tag: Tag): readonly number[] {
    const element = this.#value(tag);
    if (element === undefined) return [];
    const size = BINARY_SIZE[element.vr];
    if (size === undefined) return this.strings(tag).map((text) => (text === '' ? Number.NaN : Number(text)));
    const view = viewOf(element.bytes);
    return Array.from({ length: Math.floor(element.bytes.length / size) }, (_, i) =>
      this.#number(view, i * size, element.vr),
    );
  }

  /** 16-bit words, each signed if its VR is SS, or if the VR leaves it open and `signed` says so. */
  words(tag: Tag, signed = false): readonly number[] {
    const element = this.#value(tag);
    if (element === undefined) return [];
    const twosComplement = element.vr === 'SS' || (element.vr !== 'US' && signed);
    const words = this.wordArray(tag);
    return Array.from(words, (word) => (twosComplement && word > 0x7fff ? word - 0x10000 : word));
  }

  /** The value as unsigned 16-bit words in the order of this machine. */
  wordArray(tag: Tag): Uint16Array {
    const bytes = this.bytes(tag);
    const view = viewOf(bytes);
    const words = new Uint16Array(bytes.length >> 1);
    for (let i = 0; i < words.length; i++) words[i] = view.getUint16(i * 2, this.#littleEndian);
    return words;
  }

  bytes(tag: Tag): Uint8Array {
    return this.#value(tag)?.bytes ?? new Uint8Array(0);
  }

  items(tag: Tag): readonly Attributes[] {
    const element = this.#dataset.get(tag);
    if (element?.kind !== 'sequence') return [];
    return element.items.map((item) => new Attributes(item));
  }

  #value(tag: Tag): Extract<Element, { kind: 'value' }> | undefined {
    const element = this.#dataset.get(tag);
    return element?.kind === 'value' ? element : undefined;
  }

  #number(view: DataView, at: number, vr: string): number {
    const little = this.#littleEndian;
    if (vr === 'SS') return view.getInt16(at, little);
    if (vr === 'UL') return view.getUint32(at, little);
    if (vr === 'SL') return view.getInt32(at, little);
    if (vr === 'FL') return view.getFloat32(at, little);
    if (vr === 'FD') return view.getFloat64(at, little);
    return view.getUint16(at, little);
  }
}

const PER_FRAME = '52009230';
const SHARED = '52009229';
/** Functional group macros that hold LUTs of a frame: Pixel Value Transformation, Frame VOI LUT (PS3.3 C.7.6.16.2). */
const MACROS = ['00289145', '00289132'];

/** Where the attributes of one frame may stand: its own functional groups, the shared ones, the dataset itself. */
export class FrameAttributes {
  readonly top: Attributes;
  readonly #scopes: readonly Attributes[];

  /** @param index of the frame, from 0. */
  constructor(file: DicomFile, index: number) {
    this.top = new Attributes(file.dataset);
    const groups = [this.top.items(PER_FRAME)[index], this.top.items(SHARED)[0]];
    const macros = groups.flatMap((group) => MACROS.flatMap((tag) => group?.items(tag) ?? []));
    this.#scopes = [...macros, this.top];
  }

  /** The nearest scope that has a value for one of the tags; the dataset itself if none has. */
  holding(...tags: readonly Tag[]): Attributes {
    return this.#scopes.find((scope) => tags.some((tag) => scope.has(tag))) ?? this.top;
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
