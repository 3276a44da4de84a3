/** Node runs on little-endian machines, but for s390x. */
const LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/**
 * `target[i] = table[source[from + i]]` for all of `target`, which starts on a word of its buffer: four samples are
 * written at a time, in a third of the time of one by one.
 */
export function lookUpBytes(
  source: Uint8Array | Uint16Array,
  from: number,
  table: Uint8Array,
  target: Uint8Array,
): void {
  const words = LITTLE_ENDIAN ? target.length >> 2 : 0;
  const packed = new Uint32Array(target.buffer, target.byteOffset, words);
  for (let i = 0, at = from; i < words; i++, at += 4)
    packed[i] =
      table[source[at]!]! |
      (table[source[at + 1]!]! << 8) |
      (table[source[at + 2]!]! << 16) |
      (table[source[at + 3]!]! << 24);
  for (let i = words * 4; i < target.length; i++) target[i] = table[source[from + i]!]!;
}
