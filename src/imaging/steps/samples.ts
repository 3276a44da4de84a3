import { samplesKernel, throughBlocks } from './kernel.js';
import { floats, type Memory, newMemory } from './memory.js';

/** Grey levels as they wait between two steps: in the smallest of three kinds of numbers that changes none of them. */
export type Samples = Uint8Array | Uint16Array | Float32Array;

/** Of two bytes: 1/256 of a grey level each, as summing by cells leaves them. */
const FINE = 256;

/** One byte each where all are whole grey levels, two where all are whole 256ths of one, else float32. */
export function packed(data: Float32Array, memory: Memory = newMemory): Samples {
  const { length } = data;
  const { buffer, byteOffset } = memory.take(2 * length);
  const { into, out, packBytes, packWords } = samplesKernel();
  const bytes = new Uint8Array(buffer, byteOffset, length);
  if (throughBlocks(data, into.floats, packBytes, out.bytes, bytes)) return bytes;
  const words = new Uint16Array(buffer, byteOffset, length);
  const fine = (count: number) => packWords(count, FINE);
  return throughBlocks(data, into.floats, fine, out.words, words) ? words : data;
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
  throughBlocks(wide, into.words, (length) => unpackWords(length, FINE), out.floats, data);
  return data;
}
