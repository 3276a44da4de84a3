/** Values that the de-identifier writes: ASCII, valid for their VR (PS3.5 table 6.2-1). */

const LENGTHS: Readonly<Record<string, number>> = {
  AE: 16,
  CS: 16,
  SH: 16,
  LO: 64,
  PN: 64,
  ST: 1024,
  LT: 10240,
};
const SHAPES: Readonly<Record<string, RegExp>> = {
  AS: /^\d{3}[DWMY]$/,
  CS: /^[A-Z0-9 _]*$/,
  DA: /^\d{8}$/,
  DS: /^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$/,
  DT: /^\d{4}(\d\d){0,5}(\.\d{1,6})?$/,
  IS: /^[-+]?\d{1,10}$/,
  TM: /^\d\d(\d\d){0,2}(\.\d{1,6})?$/,
  UI: /^(0|[1-9]\d*)(\.(0|[1-9]\d*))+$/,
};
const TEXT = new Set(['AE', 'CS', 'SH', 'LO', 'PN', 'ST', 'LT', 'UC', 'UT', 'UR']);

/** Whether an ASCII text is a valid single value of a VR. Binary VRs take no text. */
export function fitsVR(vr: string, value: string): boolean {
  if (!/^[\x20-\x7e]*$/.test(value) || value.includes('\\')) return false;
  if (value === '') return TEXT.has(vr) || vr in SHAPES;
  if (vr === 'UI' && value.length > 64) return false;
  if (value.length > (LENGTHS[vr] ?? Number.POSITIVE_INFINITY) || (vr === 'DS' && value.length > 16))
    return false;
  return SHAPES[vr]?.test(value) ?? TEXT.has(vr);
}

/** PS3.5 9.1, more or less: leading zeros, which some writers make, say nothing of a person. */
export function isUid(value: string): boolean {
  return /^\d+(\.\d+)+$/.test(value) && value.length <= 64;
}

const DUMMIES: Readonly<Record<string, string>> = {
  AE: 'REMOVED',
  AS: '000Y',
  CS: 'REMOVED',
  DA: '19000101',
  DS: '0',
  DT: '19000101000000',
  IS: '0',
  LO: 'REMOVED',
  LT: 'REMOVED',
  PN: 'REMOVED',
  SH: 'REMOVED',
  ST: 'REMOVED',
  TM: '000000',
  UC: 'REMOVED',
  UR: 'urn:removed',
  UT: 'REMOVED',
};
const BINARY_UNITS: Readonly<Record<string, number>> = {
  US: 2,
  SS: 2,
  UL: 4,
  SL: 4,
  AT: 4,
  FL: 4,
  FD: 8,
  SV: 8,
  UV: 8,
};

/** A value that says nothing, for PS3.15 action D. Zeros for binary VRs, one value; two bytes for OB, OW, UN. */
export function dummyBytes(vr: string): Uint8Array {
  const text = DUMMIES[vr];
  if (text !== undefined) return asciiBytes(text);
  return new Uint8Array(BINARY_UNITS[vr] ?? (vr.startsWith('O') ? Math.max(2, wide(vr)) : 2));
}

function wide(vr: string): number {
  if (vr === 'OD' || vr === 'OV') return 8;
  return vr === 'OF' || vr === 'OL' ? 4 : 2;
}

export function asciiBytes(text: string): Uint8Array {
  return Buffer.from(text, 'latin1');
}
