/**
 * Builds DICOM files for tests, in any transfer syntax, with nothing of src/dicom but its dictionary:
 *
 *     dicomBytes({ PatientName: 'DOE^JANE', Rows: 2, OtherPatientIDsSequence: [{ PatientID: 'x' }] })
 *     dicomBytes({ ...image({ rows: 2, columns: 2, data: new Uint16Array(4) }) }, { transferSyntax: '1.2.840.10008.1.2' })
 *     dicomBytes({ '00091001': as('LO', 'private'), PixelData: fragments([frame1, frame2]) })
 */
import { deflateRawSync } from 'node:zlib';
import { attributeOf, tagOf, vrOf } from '../../src/dicom/dictionary.js';
import { DEFLATED, EXPLICIT_LITTLE, encodingOf } from '../../src/dicom/transfer-syntax.js';
import { hasLongLength, unitOf } from '../../src/dicom/vr.js';

type Samples =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | Float32Array
  | Float64Array;

/** Bytes go in as they are, typed arrays in the byte order of the file, lists of datasets become sequences. */
export type Value =
  | string
  | number
  | readonly (string | number)[]
  | Samples
  | readonly Elements[]
  | As
  | Fragments;

/** By keyword, or by tag in eight hex digits. */
export interface Elements {
  readonly [keywordOrTag: string]: Value | undefined;
}

interface As {
  readonly vr: string;
  readonly value: string | number | readonly (string | number)[] | Samples | readonly Elements[];
}

interface Fragments {
  readonly fragments: readonly Uint8Array[];
  readonly offsets: readonly number[];
}

/** A value with a VR of its own. */
export const as = (vr: string, value: As['value']): As => ({ vr, value });

/** Encapsulated pixel data; padded to even length. */
export const fragments = (parts: readonly Uint8Array[], offsets: readonly number[] = []): Fragments => ({
  fragments: parts,
  offsets,
});

export interface BuildOptions {
  /** Default: explicit VR little endian. */
  readonly transferSyntax?: string;
  /** 128 bytes and `DICM`; default true. */
  readonly preamble?: boolean;
  /** More elements of group 0002, or false for none at all; implies no preamble then. */
  readonly meta?: Elements | false;
  /** Sequences and items of undefined length; default false. */
  readonly undefinedLength?: boolean;
}

interface Encoding {
  readonly littleEndian: boolean;
  readonly explicitVR: boolean;
  readonly undefinedLength: boolean;
}

/** The bytes of a DICOM file. */
export function dicomBytes(elements: Elements, options: BuildOptions = {}): Buffer {
  const { transferSyntax = EXPLICIT_LITTLE, preamble = true, meta = {}, undefinedLength = false } = options;
  const content = datasetBytes(elements, { ...encodingOf(transferSyntax), undefinedLength });
  const body = transferSyntax === DEFLATED ? deflateRawSync(content) : content;
  if (meta === false) return body;
  const explicit = { littleEndian: true, explicitVR: true, undefinedLength: false };
  const group = datasetBytes(
    {
      '00020001': as('OB', new Uint8Array([0, 1])),
      MediaStorageSOPClassUID: '1.2.840.10008.5.1.4.1.1.1',
      MediaStorageSOPInstanceUID: '1.2.3.4',
      TransferSyntaxUID: transferSyntax,
      ...meta,
    },
    explicit,
  );
  const length = datasetBytes({ '00020000': as('UL', group.length) }, explicit);
  const head = preamble ? [Buffer.alloc(128), Buffer.from('DICM')] : [];
  return Buffer.concat([...head, length, group, body]);
}

/** The bytes of a dataset alone. */
export function datasetBytes(elements: Elements, encoding: Encoding): Buffer {
  const parts = Object.entries(elements)
    .filter((entry): entry is [string, Value] => entry[1] !== undefined)
    .map(([name, value]) => [/^[0-9a-f]{8}$/i.test(name) ? name.toLowerCase() : known(name), value] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([tag, value]) => element(tag, value, elements, encoding));
  return Buffer.concat(parts);
}

function known(keyword: string): string {
  const tag = tagOf(keyword);
  if (tag === undefined) throw new Error(`no attribute ${keyword}`);
  return tag;
}

function element(tag: string, value: Value, around: Elements, encoding: Encoding): Buffer {
  if (isFragments(value)) return header(tag, 'OB', 0xffffffff, encoding, encapsulated(value, encoding));
  const [vr, plain] = isAs(value) ? [value.vr, value.value] : [chosenVR(tag, around), value];
  if (vr === 'SQ' || isDatasets(plain)) {
    const items = (plain as readonly Elements[]).map((item) => itemBytes(item, encoding));
    const body = Buffer.concat(encoding.undefinedLength ? [...items, delimiter(0xe0dd, encoding)] : items);
    return header(tag, vr, encoding.undefinedLength ? 0xffffffff : body.length, encoding, body);
  }
  const body = even(valueBytes(vr, plain as As['value'], encoding.littleEndian), vr);
  return header(tag, vr, body.length, encoding, body);
}

function chosenVR(tag: string, around: Elements): string {
  const vr = vrOf(tag);
  if (vr.length === 2) return vr;
  if (vr === 'US or SS') return around.PixelRepresentation === 1 ? 'SS' : 'US';
  if (attributeOf(tag)?.keyword === 'PixelData') return Number(around.BitsAllocated ?? 8) > 8 ? 'OW' : 'OB';
  return 'OW';
}

function valueBytes(vr: string, value: As['value'], littleEndian: boolean): Buffer {
  if (ArrayBuffer.isView(value)) {
    const samples = value as Samples;
    const bytes = Buffer.from(new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength));
    return littleEndian ? bytes : swapped(bytes, samples.BYTES_PER_ELEMENT);
  }
  const values = (Array.isArray(value) ? value : [value]) as readonly (string | number)[];
  const unit = unitOf(vr);
  if (unit === 1 && !['OB', 'UN'].includes(vr)) return Buffer.from(values.join('\\'), 'latin1');
  if (vr === 'AT') return Buffer.concat(values.map((tag) => tagBytes(String(tag), littleEndian)));
  const bytes = Buffer.alloc(values.length * unit);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const write = WRITES[vr] ?? writeByte;
  for (const [i, item] of values.entries()) write(view, i * unit, Number(item), littleEndian);
  return bytes;
}

type Write = (view: DataView, at: number, value: number, little: boolean) => void;

const us: Write = (view, at, value, little) => view.setUint16(at, value, little);
const ul: Write = (view, at, value, little) => view.setUint32(at, value, little);
const fl: Write = (view, at, value, little) => view.setFloat32(at, value, little);
const fd: Write = (view, at, value, little) => view.setFloat64(at, value, little);
const uv: Write = (view, at, value, little) => view.setBigUint64(at, BigInt(value), little);
const WRITES: Readonly<Record<string, Write>> = {
  ...{ US: us, OW: us, UL: ul, OL: ul, FL: fl, OF: fl, FD: fd, OD: fd, UV: uv, OV: uv },
  SS: (view, at, value, little) => view.setInt16(at, value, little),
  SL: (view, at, value, little) => view.setInt32(at, value, little),
  SV: (view, at, value, little) => view.setBigInt64(at, BigInt(value), little),
};
const writeByte: Write = (view, at, value) => view.setUint8(at, value);

function swapped(bytes: Buffer, unit: number): Buffer {
  if (unit === 2) return bytes.swap16();
  if (unit === 4) return bytes.swap32();
  return unit === 8 ? bytes.swap64() : bytes;
}

function even(bytes: Buffer, vr: string): Buffer {
  if (bytes.length % 2 === 0) return bytes;
  return Buffer.concat([
    bytes,
    Buffer.from(unitOf(vr) === 1 && !['OB', 'UN', 'UI'].includes(vr) ? ' ' : '\0'),
  ]);
}

function itemBytes(item: Elements, encoding: Encoding): Buffer {
  const body = datasetBytes(item, encoding);
  const length = encoding.undefinedLength ? 0xffffffff : body.length;
  const end = encoding.undefinedLength ? [delimiter(0xe00d, encoding)] : [];
  return Buffer.concat([itemHeader(0xe000, length, encoding), body, ...end]);
}

function encapsulated({ fragments: parts, offsets }: Fragments, encoding: Encoding): Buffer {
  const table = Buffer.alloc(offsets.length * 4);
  for (const [i, offset] of offsets.entries()) table.writeUInt32LE(offset, i * 4);
  const items = [table, ...parts.map((part) => even(Buffer.from(part), 'OB'))];
  const all = items.flatMap((item) => [itemHeader(0xe000, item.length, encoding), item]);
  return Buffer.concat([...all, delimiter(0xe0dd, encoding)]);
}

const delimiter = (elementNumber: number, encoding: Encoding) => itemHeader(elementNumber, 0, encoding);

function itemHeader(elementNumber: number, length: number, { littleEndian }: Encoding): Buffer {
  const bytes = Buffer.alloc(8);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  view.setUint16(0, 0xfffe, littleEndian);
  view.setUint16(2, elementNumber, littleEndian);
  view.setUint32(4, length, littleEndian);
  return bytes;
}

/** An element's header with any length, also one that lies, and its body. */
export function header(
  tag: string,
  vr: string,
  length: number,
  { littleEndian, explicitVR }: Pick<Encoding, 'littleEndian' | 'explicitVR'>,
  body: Uint8Array = Buffer.alloc(0),
): Buffer {
  const long = explicitVR && hasLongLength(vr);
  const bytes = Buffer.alloc(long ? 8 : 4);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  if (explicitVR) bytes.write(vr, 'latin1');
  if (explicitVR && !long) view.setUint16(2, length, littleEndian);
  else view.setUint32(long ? 4 : 0, length, littleEndian);
  return Buffer.concat([tagBytes(tag, littleEndian), bytes, body]);
}

function tagBytes(tag: string, littleEndian: boolean): Buffer {
  const bytes = Buffer.from(tag, 'hex');
  return littleEndian ? bytes.swap16() : bytes;
}

function isFragments(value: Value): value is Fragments {
  return typeof value === 'object' && 'fragments' in value;
}

function isAs(value: Value): value is As {
  return typeof value === 'object' && 'vr' in value;
}

function isDatasets(value: unknown): value is readonly Elements[] {
  return Array.isArray(value) && typeof value[0] === 'object';
}

export interface ImageOptions {
  readonly rows: number;
  readonly columns: number;
  /** Samples as stored, of all frames; or fragments. */
  readonly data: Samples | Fragments;
  readonly samples?: number;
  readonly bitsAllocated?: number;
  readonly bitsStored?: number;
  readonly highBit?: number;
  readonly signed?: boolean;
  readonly planar?: boolean;
  readonly photometric?: string;
  readonly frames?: number;
}

/** The elements of an Image Pixel module (PS3.3 C.7.6.3); what is not given follows from the array. */
export function image(options: ImageOptions): Elements {
  const { rows, columns, data, samples = 1 } = options;
  const array = isFragments(data) ? undefined : data;
  const bitsAllocated = options.bitsAllocated ?? (array?.BYTES_PER_ELEMENT ?? 1) * 8;
  const bitsStored = options.bitsStored ?? bitsAllocated;
  const signed = options.signed ?? /^Int/.test(array?.constructor.name ?? '');
  return {
    SamplesPerPixel: samples,
    PhotometricInterpretation: options.photometric ?? (samples === 3 ? 'RGB' : 'MONOCHROME2'),
    PlanarConfiguration: samples === 3 ? Number(options.planar ?? false) : undefined,
    NumberOfFrames: options.frames === undefined ? undefined : String(options.frames),
    Rows: rows,
    Columns: columns,
    BitsAllocated: bitsAllocated,
    BitsStored: bitsStored,
    HighBit: options.highBit ?? bitsStored - 1,
    PixelRepresentation: Number(signed),
    PixelData: data,
  };
}
