/**
 * Writes a dataset as a DICOM file (PS3.10 section 7, PS3.5 section 7). What nobody changed is written with the
 * bytes that were read; file meta information, lengths and delimiters are made new.
 */
import { deflateRawSync } from 'node:zlib';
import type {
  Dataset,
  DicomFile,
  Element,
  FragmentsElement,
  SequenceElement,
  ValueElement,
} from './dataset.js';
import { DEFLATED, EXPLICIT_BIG, EXPLICIT_LITTLE, encodingOf } from './transfer-syntax.js';
import { hasLongLength } from './vr.js';

/** This program in (0002,0012), PS3.7 D.3.3.2: a UUID of its own (PS3.5 B.2). */
export const IMPLEMENTATION_CLASS_UID = '2.25.117423948501822341627740123958271645093';
export const IMPLEMENTATION_VERSION = 'CXRFLOW_1';

/** What of a `DicomFile` is needed to write it; of `meta` only the SOP class and instance, where the dataset lacks them. */
export type WritableFile = Pick<
  DicomFile,
  'meta' | 'dataset' | 'transferSyntax' | 'littleEndian' | 'explicitVR'
>;

const UNDEFINED_LENGTH = 0xffffffff;
const PREAMBLE = 128;
const EMPTY = new Uint8Array(0);

/**
 * The bytes of a file: a preamble of zeros, `DICM`, file meta information and the dataset, in the transfer syntax
 * of the file.
 *
 * Values of odd length are padded (PS3.5 6.2). Group lengths are dropped, PS3.5 7.2 retired them. Sequences are
 * written with undefined length, which every reader must take and which keeps an UN sequence readable
 * (PS3.5 6.2.2). Elements of file meta are rebuilt: no AE titles, no private information, of no other program.
 */
export function writeDicom(file: WritableFile): Uint8Array {
  const transferSyntax = trueSyntax(file);
  const body = new Writer(file.littleEndian, encodingOf(transferSyntax).explicitVR);
  body.dataset(file.dataset);
  let content: Uint8Array[] = body.chunks;
  if (transferSyntax === DEFLATED) {
    const deflated = deflateRawSync(Buffer.concat(content));
    content = deflated.length % 2 === 0 ? [deflated] : [deflated, new Uint8Array(1)];
  }
  return Buffer.concat([
    new Uint8Array(PREAMBLE),
    Buffer.from('DICM'),
    ...metaOf(file, transferSyntax),
    ...content,
  ]);
}

/** Some files state a byte order that they are not in; values stay as they are, so the statement changes. */
function trueSyntax({ transferSyntax, littleEndian }: WritableFile): string {
  if (encodingOf(transferSyntax).littleEndian === littleEndian) return transferSyntax;
  return littleEndian ? EXPLICIT_LITTLE : EXPLICIT_BIG;
}

/** PS3.10 table 7.1-1, explicit VR little endian whatever the dataset is. */
function metaOf(file: WritableFile, transferSyntax: string): Uint8Array[] {
  const uid = (value: string) => Buffer.from(value, 'latin1');
  const identity = (inDataset: string, inMeta: string) => {
    const element = file.dataset.get(inDataset) ?? file.meta.get(inMeta);
    return element?.kind === 'value' ? element.bytes : EMPTY;
  };
  const elements: ValueElement[] = [
    { kind: 'value', tag: '00020001', vr: 'OB', bytes: new Uint8Array([0, 1]) },
    { kind: 'value', tag: '00020002', vr: 'UI', bytes: identity('00080016', '00020002') },
    { kind: 'value', tag: '00020003', vr: 'UI', bytes: identity('00080018', '00020003') },
    { kind: 'value', tag: '00020010', vr: 'UI', bytes: uid(transferSyntax) },
    { kind: 'value', tag: '00020012', vr: 'UI', bytes: uid(IMPLEMENTATION_CLASS_UID) },
    { kind: 'value', tag: '00020013', vr: 'SH', bytes: uid(IMPLEMENTATION_VERSION) },
  ];
  const group = new Writer(true, true);
  for (const element of elements) group.element(element);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(group.byteLength);
  const head = new Writer(true, true);
  head.element({ kind: 'value', tag: '00020000', vr: 'UL', bytes: length });
  return [...head.chunks, ...group.chunks];
}

class Writer {
  readonly chunks: Uint8Array[] = [];
  byteLength = 0;
  #littleEndian: boolean;
  #explicitVR: boolean;

  constructor(littleEndian: boolean, explicitVR: boolean) {
    this.#littleEndian = littleEndian;
    this.#explicitVR = explicitVR;
  }

  dataset(dataset: Dataset): void {
    for (const element of dataset.values()) {
      const groupLength = element.tag.endsWith('0000');
      if (!groupLength && !element.tag.startsWith('0002')) this.element(element);
    }
  }

  element(element: Element): void {
    if (element.kind === 'sequence') this.#sequence(element);
    else if (element.kind === 'fragments') this.#fragments(element);
    else this.#value(element);
  }

  #value({ tag, vr, bytes }: ValueElement): void {
    const odd = bytes.length % 2;
    this.#header(tag, vr, bytes.length + odd);
    this.#push(bytes);
    if (odd === 1) this.#push(new Uint8Array([padOf(vr)]));
  }

  #sequence(element: SequenceElement): void {
    this.#header(element.tag, element.vr, UNDEFINED_LENGTH);
    const encoding = { littleEndian: this.#littleEndian, explicitVR: this.#explicitVR };
    // PS3.5 6.2.2 note 2: inside an UN sequence everything is implicit VR little endian; its delimiter too.
    if (element.vr === 'UN') {
      this.#littleEndian = true;
      this.#explicitVR = false;
    }
    for (const item of element.items) {
      this.#mark(0xe000, UNDEFINED_LENGTH);
      this.dataset(item);
      this.#mark(0xe00d, 0);
    }
    this.#mark(0xe0dd, 0);
    this.#littleEndian = encoding.littleEndian;
    this.#explicitVR = encoding.explicitVR;
  }

  /** PS3.5 A.4: basic offset table, fragments, delimiter. Offsets count from the first fragment and stay true. */
  #fragments({ tag, vr, offsets, fragments }: FragmentsElement): void {
    this.#header(tag, vr, UNDEFINED_LENGTH);
    const table = Buffer.alloc(offsets.length * 4);
    offsets.forEach((offset, i) => {
      table.writeUInt32LE(offset, i * 4);
    });
    for (const fragment of [table, ...fragments]) {
      const odd = fragment.length % 2;
      this.#mark(0xe000, fragment.length + odd);
      this.#push(fragment);
      if (odd === 1) this.#push(new Uint8Array(1));
    }
    this.#mark(0xe0dd, 0);
  }

  /** PS3.5 7.1.2 and 7.1.3. A value too long for its VR's 16-bit length is written as UN (PS3.5 6.2.2). */
  #header(tag: string, vr: string, length: number): void {
    const long = hasLongLength(vr);
    const written = !long && length > 0xfffe ? 'UN' : vr;
    const header = Buffer.alloc(this.#explicitVR && (long || written === 'UN') ? 12 : 8);
    this.#uint16(header, Number.parseInt(tag.slice(0, 4), 16), 0);
    this.#uint16(header, Number.parseInt(tag.slice(4), 16), 2);
    if (!this.#explicitVR) this.#uint32(header, length, 4);
    else {
      header.write(written, 4, 'latin1');
      if (header.length === 12) this.#uint32(header, length, 8);
      else this.#uint16(header, length, 6);
    }
    this.#push(header);
  }

  #mark(element: number, length: number): void {
    const header = Buffer.alloc(8);
    this.#uint16(header, 0xfffe, 0);
    this.#uint16(header, element, 2);
    this.#uint32(header, length, 4);
    this.#push(header);
  }

  #uint16(buffer: Buffer, value: number, at: number): void {
    if (this.#littleEndian) buffer.writeUInt16LE(value, at);
    else buffer.writeUInt16BE(value, at);
  }

  #uint32(buffer: Buffer, value: number, at: number): void {
    if (this.#littleEndian) buffer.writeUInt32LE(value, at);
    else buffer.writeUInt32BE(value, at);
  }

  #push(bytes: Uint8Array): void {
    this.chunks.push(bytes);
    this.byteLength += bytes.length;
  }
}

const NUL_PADDED = new Set(['UI', 'OB', 'OW', 'OD', 'OF', 'OL', 'OV', 'UN']);

/** PS3.5 6.2: NUL after UIDs and bytes, a space after text. */
function padOf(vr: string): number {
  return NUL_PADDED.has(vr) ? 0 : 0x20;
}
