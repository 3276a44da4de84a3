/** Where the numbers of pictures lie while they are worked on. What is taken holds anything. */
export interface Memory {
  /** Of so many bytes, from a multiple of 8 on. */
  readonly take: (bytes: number) => { readonly buffer: ArrayBuffer; readonly byteOffset: number };
}

export const newMemory: Memory = { take: (bytes) => ({ buffer: new ArrayBuffer(bytes), byteOffset: 0 }) };

export function floats(memory: Memory, length: number): Float32Array {
  const { buffer, byteOffset } = memory.take(4 * length);
  return new Float32Array(buffer, byteOffset, length);
}

/**
 * For a thread that does one thing after another: what was taken before `again` is taken again. A picture of its own for
 * each step would be fresh pages, and garbage to collect.
 */
export class KeptMemory implements Memory {
  readonly #limit: number;
  #buffer = new ArrayBuffer(0);
  #used = 0;

  /** @param limit in bytes; more is taken anew */
  constructor(limit: number) {
    this.#limit = limit;
  }

  again(): void {
    // So much was asked for last time.
    if (this.#used > this.#buffer.byteLength && this.#used <= this.#limit)
      this.#buffer = new ArrayBuffer(this.#used);
    this.#used = 0;
  }

  take(bytes: number) {
    const byteOffset = this.#used;
    this.#used += 8 * Math.ceil(bytes / 8);
    return this.#used <= this.#buffer.byteLength
      ? { buffer: this.#buffer, byteOffset }
      : newMemory.take(bytes);
  }
}
