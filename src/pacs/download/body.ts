import { CxrError } from '../../errors.js';

/** Enough to tell what a file is. */
const HEAD_BYTES = 1024;

/**
 * The bytes of one file as they arrive: refused once they are too many, or once their beginning shows that it is
 * not what was asked for. What has arrived stays when a connection breaks.
 */
export class Body {
  readonly #maxBytes: number;
  readonly #accept: (head: Uint8Array) => boolean;
  #chunks: Uint8Array[] = [];
  #bytes = 0;
  #looked = false;

  constructor(maxBytes: number, accept: (head: Uint8Array) => boolean) {
    this.#maxBytes = maxBytes;
    this.#accept = accept;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** @throws CxrError TOO_LARGE, NOT_DICOM */
  add(chunk: Uint8Array): void {
    this.#bytes += chunk.byteLength;
    if (this.#bytes > this.#maxBytes) throw new CxrError('TOO_LARGE', `over ${this.#maxBytes} bytes`);
    this.#chunks.push(chunk);
    if (!this.#looked && this.#bytes >= HEAD_BYTES) this.#look();
  }

  /** What was announced. @throws CxrError TOO_LARGE */
  expect(bytes: number): void {
    if (bytes > this.#maxBytes) throw new CxrError('TOO_LARGE', `${bytes} bytes`);
  }

  /** Forgets what came. */
  restart(): void {
    this.#chunks = [];
    this.#bytes = 0;
    this.#looked = false;
  }

  /** All of it. @throws CxrError NOT_DICOM */
  end(): Buffer {
    if (!this.#looked) this.#look();
    return Buffer.concat(this.#chunks);
  }

  #look(): void {
    this.#looked = true;
    const head = Buffer.concat(this.#chunks);
    if (!this.#accept(head)) throw new CxrError('NOT_DICOM', guess(head));
  }
}

/** What came instead, where its beginning tells: an answer that is a login page is a fault of the server, not of the file. */
function guess(head: Buffer): string | undefined {
  if (head.length === 0) return 'it is empty';
  if (/^(\xef\xbb\xbf)?\s*<[!?a-z]/i.test(head.toString('latin1', 0, 64)))
    return 'it is a page of HTML or XML';
  if (head[0] === 0x1f && head[1] === 0x8b) return 'it is compressed by gzip';
  if (head.toString('latin1', 0, 4) === 'PK\x03\x04') return 'it is a zip archive';
  if (head.toString('latin1', 0, 5) === '%PDF-') return 'it is a PDF';
  return undefined;
}
