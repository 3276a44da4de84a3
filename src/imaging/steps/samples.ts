/** Grey levels as they wait between two steps: in the smallest of three kinds of numbers that changes none of them. */
export type Samples = Uint8Array | Uint16Array | Float32Array;

/** Of two bytes: 1/256 of a grey level each, as summing by cells leaves them. */
const FINE = 256;

/** One byte each where all are whole grey levels, two where all are whole 256ths of one, else float32. */
export function packed(data: Float32Array): Samples {
  const [bytes, words] = [fits(data, 1, 0xff), fits(data, FINE, 0xffff)];
  if (!bytes && !words) return data;
  const out = bytes ? new Uint8Array(data.length) : new Uint16Array(data.length);
  const scale = bytes ? 1 : FINE;
  for (let i = 0; i < data.length; i++) out[i] = data[i]! * scale;
  return out;
}

function fits(data: Float32Array, scale: number, most: number): boolean {
  for (let i = 0; i < data.length; i++) {
    const value = data[i]! * scale;
    if (!(value >= 0 && value <= most && value === Math.floor(value))) return false;
  }
  return true;
}

/** Of `count` samples: which kind they are, their bytes tell. */
export function unpacked(bytes: Uint8Array, count: number): Float32Array {
  if (bytes.byteLength === count) return Float32Array.from(bytes);
  // What was read may begin anywhere in its memory.
  const { buffer, byteOffset } = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
  if (bytes.byteLength === 4 * count) return new Float32Array(buffer, byteOffset, count);
  const wide = new Uint16Array(buffer, byteOffset, count);
  const data = new Float32Array(count);
  for (let i = 0; i < count; i++) data[i] = wide[i]! / FINE;
  return data;
}
