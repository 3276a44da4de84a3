import type { Moments } from '../../imaging/steps/moments.js';

/** One image that is to be decoded, as it was listed. */
export interface InputRecord {
  /** Its row where it is quarantined. */
  readonly fileId: string;
  /** Sealed path below the source (base64); or of the catalog, container and key. */
  readonly sealed?: string;
  readonly place?: { readonly container: string; readonly key: string };
  /** Known before it is read: of the catalog, and with `ids: keep`. */
  readonly imageId?: string;
  readonly instance?: string;
  readonly patient?: string;
  readonly view?: string;
  readonly class: string;
  readonly label: number;
  /** Its name says that it is an image: a file that is none then is quarantined, not ignored. */
  readonly named?: true;
}

/** What became of an input when it was read. */
export type PreparedRecord = PreparedImage | LeftOut;

export interface LeftOut {
  readonly left: 'ignored' | 'quarantined';
  readonly fileId: string;
  readonly code?: string;
  readonly reason?: string;
}

/** An image whose pixels lie in staging, as the steps before normalisation leave them. */
export interface PreparedImage {
  readonly left?: undefined;
  readonly imageId: string;
  /** SHA-256 of the file, hex. */
  readonly hash: string;
  readonly bytes: number;
  readonly class: string;
  readonly label: number;
  /** Where it comes from: the instance of the catalog; the key with `ids: keep`; else the hash of the file. */
  readonly source: string;
  /** Pseudonym, where the patient is known. */
  readonly patient?: string;
  readonly view?: string;
  /** Of the file. */
  readonly width: number;
  readonly height: number;
  readonly bits: number;
  readonly format: string;
  /** Perceptual hash, 64 hex digits. */
  readonly looks: string;
  /** Of the prepared pixels. */
  readonly shape: { readonly width: number; readonly height: number; readonly channels: 1 | 3 };
  /** Of the pixels as normalising finds them. */
  readonly moments: Moments;
  /** In the pixels of its part, bytes: one a sample, or four (`Prepared.pixels`). */
  readonly offset: number;
  readonly length: number;
}

/** One example of a shard: an image, or a copy of it, and where its pixels wait. */
export interface ShardItem {
  readonly image: PreparedImage;
  readonly part: number;
  /** 0 is the original. */
  readonly copy: number;
}
