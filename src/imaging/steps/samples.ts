import { BLOCK, samplesKernel } from './kernel.js';
import { floats, type Memory, newMemory } from './memory.js';

/** Grey levels as they wait between two steps: in the smallest of three kinds of numbers that changes none of them. */
export type Samples = Uint8Array | Uint16Array | Float32Array;

/** Of two bytes: 1/256 of a grey level each, as summing by cells leaves them. */
const FINE = 256;

/** One byte each where all are whole grey levels, two where all are whole 256ths of one, else float32. */
export function packed(data: Float32Array, memory: Memory = newMemory): Samples {
  const { length } = data;
  const { buffer, byteOffset } = memory.take(2 * length);
  const { out, packBytes, packWords } = samplesKernel();
  const bytes = new Uint8Array(buffer, byteOffset, length);
  if (fill(bytes, data, out.bytes, packBytes)) return bytes;
  const words = new Uint16Array(buffer, byteOffset, length);
  return fill(words, data, out.words, (count) => packWords(count, FINE)) ? words : data;
}

/** False as soon as a value does not fit. @param pack takes a block to `results`; 0 where it does not fit */
function fill<Out extends Uint8Array | Uint16Array>(
  out: Out,
  data: Float32Array,
  results: Out,
  pack: (count: number) => number,
): boolean {
  const { into } = samplesKernel();
  for (let at = 0; at < data.length; at += BLOCK) {
    const block = data.subarray(at, at + BLOCK);
    into.floats.set(block);
    if (pack(block.length) === 0) return false;
    out.set(results.subarray(0, block.length), at);
  }
  return true;
}

/** Of `count` samples: which kind they are, their bytes tell. */
export function unpacked(bytes: Uint8Array, count: number, memory: Memory = newMemory): Float32Array {
  if (bytes.byteLength === count) {
    const data = floats(memory, count);
    data.set(bytes);
    return data;
  }
  // What was read may begin anywhere in its memory.
  const { buffer, byteOffset } = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
  if (bytes.byteLength === 4 * count) return new Float32Array(buffer, byteOffset, count);
  const wide = new Uint16Array(buffer, byteOffset, count);
  const data = floats(memory, count);
  const { into, out, unpackWords } = samplesKernel();
  for (let at = 0; at < count; at += BLOCK) {
    const block = wide.subarray(at, at + BLOCK);
    into.words.set(block);
    unpackWords(block.length, FINE);
    data.set(out.floats.subarray(0, block.length), at);
  }
  return data;
}
