import { type Address, instantiate } from '../wasm.js';
import { WASM } from './kernel.wasm.js';

/** What wasm/samples.ts exports. */
interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly numbers: Address;
  readonly results: Address;
  readonly mean: { readonly value: number };
  readonly squares: { readonly value: number };
  readonly least: { readonly value: number };
  readonly greatest: { readonly value: number };
  measure(count: number): void;
  packBytes(count: number): number;
  packWords(count: number, scale: number): number;
  unpackWords(count: number, scale: number): undefined;
  normalise(count: number, from: number, divisor: number): undefined;
}

/** The loops over all numbers of a picture, and where a block of them goes in and comes out. */
export interface Kernel extends Exports {
  readonly into: { readonly floats: Float32Array; readonly words: Uint16Array };
  readonly out: { readonly bytes: Uint8Array; readonly words: Uint16Array; readonly floats: Float32Array };
}

/** Numbers that are worked on at a time: so many are still in the fastest memory when they are read again. */
export const BLOCK = 4096;

type Numbers = Uint8Array | Uint16Array | Float32Array;

/**
 * Takes `data` through the kernel a block after the other: in at `into`, worked on, out at `out`, and into `result`, which
 * is as long. False as soon as the work says 0.
 */
export function throughBlocks<In extends Numbers, Out extends Numbers>(
  data: In,
  into: In,
  work: (count: number) => number | undefined,
  out: Out,
  result: Out,
): boolean {
  for (let at = 0; at < data.length; at += BLOCK) {
    const block = data.subarray(at, at + BLOCK);
    into.set(block);
    if (work(block.length) === 0) return false;
    result.set(out.subarray(0, block.length), at);
  }
  return true;
}

/** One a thread. */
let kernel: Kernel | undefined;

export function samplesKernel(): Kernel {
  kernel ??= open();
  return kernel;
}

function open(): Kernel {
  const exports = instantiate<Exports>(WASM);
  const { memory, numbers, results } = exports;
  return {
    ...exports,
    into: {
      floats: new Float32Array(memory.buffer, numbers.value, BLOCK),
      words: new Uint16Array(memory.buffer, numbers.value, BLOCK),
    },
    out: {
      bytes: new Uint8Array(memory.buffer, results.value, BLOCK),
      words: new Uint16Array(memory.buffer, results.value, BLOCK),
      floats: new Float32Array(memory.buffer, results.value, BLOCK),
    },
  };
}
