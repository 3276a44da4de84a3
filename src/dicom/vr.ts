/** Value representations (PS3.5 6.2 and 7.1.2). */

const SHORT = 'AE AS AT CS DA DS DT FD FL IS LO LT PN SH SL SS ST TM UI UL US'.split(' ');
const LONG = 'OB OD OF OL OV OW SQ SV UC UN UR UT UV'.split(' ');
const long = new Set(LONG);
const all = new Set([...SHORT, ...LONG]);

export function isVR(vr: string): boolean {
  return all.has(vr);
}

/** True where the explicit header has two reserved bytes and a 32-bit length (PS3.5 table 7.1-1). */
export function hasLongLength(vr: string): boolean {
  return long.has(vr);
}

/** Bytes of one binary value, 1 for text and bytes: what a change of byte order swaps. */
export function unitOf(vr: string): 1 | 2 | 4 | 8 {
  switch (vr) {
    case 'US':
    case 'SS':
    case 'OW':
    case 'AT':
      return 2;
    case 'UL':
    case 'SL':
    case 'FL':
    case 'OF':
    case 'OL':
      return 4;
    case 'FD':
    case 'OD':
    case 'OV':
    case 'SV':
    case 'UV':
      return 8;
    default:
      return 1;
  }
}
