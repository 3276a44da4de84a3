/** What a thread was lent is of this size at most; a larger result comes in memory of its own. */
const LARGEST = 2 ** 25;
/** Bytes that are kept for the next activity. */
const KEPT = 2 ** 26;
/** What activities left. The collector of Node does not know how much memory shared buffers hold, so few are given up. */
const kept: SharedArrayBuffer[] = [];

/**
 * Memory for the results of threads, lent again and again by one activity. A result in memory of its own is garbage of
 * the main thread, megabytes of it for each batch, and collecting that goes through all else that lies there.
 */
export class Rooms {
  readonly #free: SharedArrayBuffer[] = [];
  #size = 0;

  /** For a task's input, which may fill it or not; undefined as long as nobody knows how much results take. */
  take(): SharedArrayBuffer | undefined {
    if (this.#size === 0) return undefined;
    return this.#free.pop() ?? takeKept(this.#size) ?? new SharedArrayBuffer(this.#size);
  }

  /** Of a result that nobody needs any more, wherever it lies. */
  give({ buffer, byteLength }: Uint8Array): void {
    if (byteLength > this.#size && byteLength <= LARGEST) {
      this.close();
      this.#size = byteLength;
    }
    if (buffer instanceof SharedArrayBuffer && buffer.byteLength === this.#size) this.#free.push(buffer);
  }

  /** Leaves what was given back to others. */
  close(): void {
    kept.push(...this.#free.splice(0));
    for (let bytes = totalOf(kept); bytes > KEPT; bytes -= kept.shift()?.byteLength ?? 0);
  }
}

function takeKept(size: number): SharedArrayBuffer | undefined {
  const at = kept.findLastIndex(({ byteLength }) => byteLength === size);
  return at < 0 ? undefined : kept.splice(at, 1)[0];
}

function totalOf(buffers: readonly SharedArrayBuffer[]): number {
  return buffers.reduce((sum, { byteLength }) => sum + byteLength, 0);
}
