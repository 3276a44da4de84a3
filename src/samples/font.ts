/** A 5x7 bitmap alphabet, for lead markers and for names burned into pixels. Rows from the top, 5 bits each. */
const GLYPHS: Readonly<Record<string, string>> = {
  A: '0e11111f111111',
  B: '1e11111e11111e',
  C: '0e11101010110e',
  D: '1c12111111121c',
  E: '1f10101e10101f',
  F: '1f10101e101010',
  G: '0e11101711110f',
  H: '1111111f111111',
  I: '0e04040404040e',
  J: '0702020202120c',
  K: '11121418141211',
  L: '1010101010101f',
  M: '111b1515111111',
  N: '11111915131111',
  O: '0e11111111110e',
  P: '1e11111e101010',
  Q: '0e11111115120d',
  R: '1e11111e141211',
  S: '0f10100e01011e',
  T: '1f040404040404',
  U: '1111111111110e',
  V: '11111111110a04',
  W: '1111111515150a',
  X: '11110a040a1111',
  Y: '1111110a040404',
  Z: '1f01020408101f',
  0: '0e11131519110e',
  1: '040c040404040e',
  2: '0e11010204081f',
  3: '1f02040201110e',
  4: '02060a121f0202',
  5: '1f101e0101110e',
  6: '0608101e11110e',
  7: '1f010204080808',
  8: '0e11110e11110e',
  9: '0e11110f01020c',
  ',': '00000000000408',
  '.': '00000000000c0c',
  ':': '000c0c000c0c00',
  '-': '0000001f000000',
  '/': '01010204081010',
};

/**
 * Writes text into an image of brightness 0..1. `x` and `y` are the upper left corner, `size` the height of a
 * letter, all in pixels.
 */
export function drawText(
  image: { readonly columns: number; readonly rows: number; readonly data: Float32Array },
  text: string,
  x: number,
  y: number,
  size: number,
  brightness = 1,
): void {
  const dot = size / 7;
  [...text.toUpperCase()].forEach((letter, n) => {
    const glyph = GLYPHS[letter];
    if (!glyph) return;
    for (let py = 0; py < size; py++) {
      const bits = Number.parseInt(glyph.slice(2 * Math.floor(py / dot), 2 * Math.floor(py / dot) + 2), 16);
      for (let px = 0; px < 5 * dot; px++) {
        const column = Math.round(x + n * 6 * dot) + px;
        const row = Math.round(y) + py;
        const on = (bits >> (4 - Math.floor(px / dot))) & 1;
        if (on && column >= 0 && column < image.columns && row >= 0 && row < image.rows)
          image.data[row * image.columns + column] = brightness;
      }
    }
  });
}
