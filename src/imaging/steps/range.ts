/** Smallest and largest value; Infinity and -Infinity of none. */
export function rangeOf(data: Float32Array): readonly [low: number, high: number] {
  let low = Infinity;
  let high = -Infinity;
  for (const value of data) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return [low, high];
}
