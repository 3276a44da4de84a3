import { createHash, type Hash } from 'node:crypto';
import { crc32c } from '@node-rs/crc32';
import type { StoredSum } from '../storage/bucket.js';

const MIB = 2 ** 20;
/** Part sizes that upload tools use; of an object in parts only their number is known. */
const PART_SIZES = [5, 8, 10, 15, 16, 25, 32, 50, 64, 100, 128, 256, 512].map((n) => n * MIB);

/** Checksums of bytes as they go by, those that the store can be asked for. */
export class Sums {
  size = 0;
  readonly #md5 = createHash('md5');
  #crc = 0;
  readonly #parts: PartSum[];

  /** @param parts sizes of parts, bytes, by which an object may have been uploaded */
  constructor(parts: readonly number[] = []) {
    this.#parts = parts.map((size) => new PartSum(size));
  }

  /** For comparing with what is stored; undefined where the store keeps no sum of an object like this. */
  static for(stored: StoredSum): Sums | undefined {
    if (stored.md5 !== undefined || stored.crc32c !== undefined) return new Sums();
    const { count } = stored.parts ?? {};
    if (count === undefined) return undefined;
    const sizes = PART_SIZES.filter((size) => Math.ceil(stored.size / size) === count);
    return sizes.length === 0 ? undefined : new Sums(sizes);
  }

  update(bytes: Uint8Array): void {
    this.size += bytes.length;
    this.#md5.update(bytes);
    this.#crc = crc32c(bytes, this.#crc);
    for (const part of this.#parts) part.update(bytes);
  }

  /** Once, when all bytes have gone by. */
  equal(stored: StoredSum): boolean {
    if (stored.size !== this.size) return false;
    if (stored.md5 !== undefined && stored.md5 !== this.#md5.copy().digest('hex')) return false;
    if (stored.crc32c !== undefined && stored.crc32c !== base64(this.#crc)) return false;
    const { parts } = stored;
    return parts === undefined || this.#parts.some((sum) => sum.digest() === parts.md5);
  }
}

/** The MD5 of the MD5s of parts, as S3 names objects that were uploaded in parts. */
class PartSum {
  readonly #size: number;
  readonly #all = createHash('md5');
  #part: Hash = createHash('md5');
  #held = 0;

  constructor(size: number) {
    this.#size = size;
  }

  update(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      const piece = bytes.subarray(at, at + this.#size - this.#held);
      this.#part.update(piece);
      at += piece.length;
      this.#held += piece.length;
      if (this.#held < this.#size) continue;
      this.#all.update(this.#part.digest());
      this.#part = createHash('md5');
      this.#held = 0;
    }
  }

  digest(): string {
    const all = this.#all.copy();
    if (this.#held > 0) all.update(this.#part.copy().digest());
    return all.digest('hex');
  }
}

function base64(crc: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc >>> 0);
  return bytes.toString('base64');
}
