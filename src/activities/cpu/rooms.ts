/** What a thread was lent is of this size at most; a larger result comes in memory of its own. */
const LARGEST = 2 ** 25;

/**
 * Memory for the results of threads, lent again and again by one activity. A result in memory of its own is garbage of
 * the main thread, megabytes of it for each batch, and collecting that goes through all else that lies there.
 */
export class Rooms {
  readonly #free: SharedArrayBuffer[] = [];
  #size = 0;

  /** For a task's input, which may fill it or not; undefined as long as nobody knows how much results take. */
  take(): SharedArrayBuffer | undefined {
    return this.#free.pop() ?? (this.#size > 0 ? new SharedArrayBuffer(this.#size) : undefined);
  }

  /** Of a result that nobody needs any more, wherever it lies. */
  give({ buffer, byteLength }: Uint8Array): void {
    if (byteLength > this.#size && byteLength <= LARGEST) {
      this.#size = byteLength;
      this.#free.length = 0;
    }
    if (buffer instanceof SharedArrayBuffer && buffer.byteLength === this.#size) this.#free.push(buffer);
  }
}
