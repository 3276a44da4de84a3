/**
 * The model of a DICOM dataset in memory. Values stay raw bytes of the file (views, not copies) until someone
 * asks for them; writing an element that nobody changed gives the same bytes (PS3.5 section 7).
 */

/** Eight lower-case hex digits, group then element: `00100010`. */
export type Tag = string;

export interface ElementBase {
  readonly tag: Tag;
  /** Two letters; in an implicit VR file from the dictionary, `UN` where unknown. */
  readonly vr: string;
}

/** A value of bytes, in the byte order of the dataset. */
export interface ValueElement extends ElementBase {
  readonly kind: 'value';
  readonly bytes: Uint8Array;
  /** Present where the value is still in its open file (`readOpen`): to ask for `bytes` reads all of it. */
  readonly inFile?: ValueInFile;
}

/** A value that is read in parts. */
export interface ValueInFile {
  readonly length: number;
  /**
   * Fills `target` with the bytes from `from` on.
   * @throws CxrError TRUNCATED where the file has become shorter, UNREADABLE
   */
  read(from: number, target: Uint8Array): void;
}

/** A sequence of items (SQ, or UN whose content is a sequence: PS3.5 6.2.2). */
export interface SequenceElement extends ElementBase {
  readonly kind: 'sequence';
  readonly items: readonly Dataset[];
}

/** Encapsulated pixel data (PS3.5 A.4): the basic offset table and the fragments as they stand in the file. */
export interface FragmentsElement extends ElementBase {
  readonly kind: 'fragments';
  /** Basic offset table, may be empty. */
  readonly offsets: readonly number[];
  readonly fragments: readonly Uint8Array[];
}

export type Element = ValueElement | SequenceElement | FragmentsElement;

/** Elements by tag, in ascending tag order. */
export type Dataset = ReadonlyMap<Tag, Element>;

export interface DicomFile {
  /** Group 0002; empty for a dataset without preamble and meta. */
  readonly meta: Dataset;
  readonly dataset: Dataset;
  readonly transferSyntax: string;
  readonly littleEndian: boolean;
  readonly explicitVR: boolean;
  /** Of the file as read. */
  readonly byteLength: number;
}
