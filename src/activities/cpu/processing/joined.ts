/** Results of a thread, one behind the other: in the room it was lent, or in memory of their own that moves to the caller. */
export class Joined {
  #all: Uint8Array;
  #used = 0;

  constructor(room: SharedArrayBuffer | undefined) {
    this.#all = room ? new Uint8Array(room) : new Uint8Array(0);
  }

  get length(): number {
    return this.#used;
  }

  add(piece: Uint8Array): void {
    const end = this.#used + piece.length;
    if (end > this.#all.length) {
      const larger = new Uint8Array(Math.max(end, 2 * this.#all.length));
      larger.set(this.#all.subarray(0, this.#used));
      this.#all = larger;
    }
    this.#all.set(piece, this.#used);
    this.#used = end;
  }

  /** All of them. Memory of their own is filled by them. */
  bytes(): Uint8Array {
    const { buffer, length } = this.#all;
    if (buffer instanceof SharedArrayBuffer || length === this.#used)
      return this.#all.subarray(0, this.#used);
    return this.#all.slice(0, this.#used);
  }
}
