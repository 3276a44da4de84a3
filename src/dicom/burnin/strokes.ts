/**
 * Capital letters and digits as strokes, on a grid 4 wide and 6 high (a glyph may be narrower): lines of points
 * `xy`, lines separated by spaces. Enough to tell the letters of markers apart, and to draw text without a font.
 */
const GLYPHS: Readonly<Record<string, string>> = {
  A: '062046 1434',
  B: '0006 003041423303 3344453606',
  C: '4130100105163645',
  D: '000620313334452606 0020',
  E: '40000646 0333',
  F: '400006 0333',
  G: '41301001051636454323',
  H: '0006 4046 0343',
  I: '0006',
  J: '404536160504',
  K: '0006 4003 1246',
  L: '000646',
  M: '0600244046',
  N: '06004640',
  O: '103041453616050110',
  P: '06003041423303',
  Q: '103041453616050110 2446',
  R: '06003041423303 2346',
  S: '413010010213334445361605',
  T: '0040 2026',
  U: '000516364540',
  V: '002640',
  W: '0016233640',
  X: '0046 4006',
  Y: '002340 2326',
  Z: '00400646',
  '0': '103041453616050110',
  '1': '012026',
  '2': '01103041420646',
  '3': '01103041423323 334445361605',
  '4': '36300444',
  '5': '400003334445361605',
  '6': '4130100105163645443303',
  '7': '004016',
  '8': '103041423313020110 1304051636454433',
  '9': '423313020110304145361605',
};

export type Line = readonly (readonly [number, number])[];

/** Strokes of a character as lines of [x, y], y down from 0 to 6; undefined for one that is not known. */
export function strokesOf(character: string): readonly Line[] | undefined {
  return LINES.get(character);
}

export const CHARACTERS = Object.keys(GLYPHS);

const LINES = new Map(CHARACTERS.map((character) => [character, parse(GLYPHS[character] ?? '')]));

function parse(text: string): Line[] {
  return text
    .split(' ')
    .filter(Boolean)
    .map((line) => (line.match(/\d\d/g) ?? []).map((point) => [Number(point[0]), Number(point[1])] as const));
}
