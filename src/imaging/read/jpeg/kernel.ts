import { type Address, instantiate } from '../../wasm.js';
import type { AcTable, DcTable } from './huffman.js';
import { WASM } from './kernel.wasm.js';

/** What wasm/jpeg-grey.ts exports. */
export interface Kernel {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  readonly dcCodes: Address;
  readonly dcValues: Address;
  readonly acCodes: Address;
  readonly acPairs: Address;
  readonly acLeaps: Address;
  readonly places: Address;
  readonly weights: Address;
  readonly free: Address;
  readonly position: { value: number };
  readonly level: { value: number };
  unstuff(from: number, end: number, to: number): number;
  readStrip(
    ...args: [
      ...[scan: number, length: number, blocks: number],
      ...[sums: number, frequencies: number, last: number, rows: number],
    ]
  ): number;
  squeeze(
    ...args: [
      ...[sums: number, rows: number, line: number, size: number],
      ...[starts: number, columns: number, taps: number, width: number, out: number],
      ...[low: number, high: number, fine: number],
    ]
  ): void;
}

const PAGE = 65_536;

/** One a thread. */
let kernel: Kernel | undefined;
let tables: readonly (DcTable | AcTable)[] = [];

/** The inner loops with at least so many bytes of memory of the caller's own, from `free` on; what lies there is anything. */
export function kernelWith(bytes: number, dc: DcTable, ac: AcTable): Kernel {
  kernel ??= instantiate<Kernel>(WASM);
  const missing = kernel.free.value + bytes - kernel.memory.buffer.byteLength;
  if (missing > 0) kernel.memory.grow(Math.ceil(missing / PAGE));
  // Of one dataset, most images have the same.
  if (tables[0] !== dc || tables[1] !== ac) {
    const { buffer } = kernel.memory;
    new Uint16Array(buffer, kernel.dcCodes.value).set(dc.codes);
    new Int32Array(buffer, kernel.dcValues.value).set(dc.values);
    new Uint16Array(buffer, kernel.acCodes.value).set(ac.codes);
    new Int32Array(buffer, kernel.acPairs.value).set(ac.pairs);
    new Uint16Array(buffer, kernel.acLeaps.value).set(ac.leaps);
    tables = [dc, ac];
  }
  return kernel;
}
