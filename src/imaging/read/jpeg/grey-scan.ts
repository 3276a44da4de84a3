import { type AcTable, acTable, type DcTable, dcTable } from './huffman.js';

/** A grey JPEG of one sequential scan: its tables, and where the scan is. */
export interface GreyScan {
  readonly width: number;
  readonly height: number;
  /** In zigzag order. */
  readonly quantisation: Uint16Array;
  readonly dc: DcTable;
  readonly ac: AcTable;
  /** Of the scan's first byte. */
  readonly start: number;
}

/** Symbols of 8-bit samples (F.1.2): sizes of differences, and of coefficients in their lower half. */
const MOST_DC = 11;
const MOST_AC = 10;

/**
 * Reads the segments of a JPEG (ITU-T T.81 B.1). Undefined for all that is not one grey frame of 8 bits, sequential,
 * Huffman coded, in one scan without restarts: others know about those.
 */
export function greyScan(bytes: Uint8Array): GreyScan | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const quantisations: Uint16Array[] = [];
  const tables: Tables = { dc: [], ac: [] };
  let frame: { width: number; height: number; component: number; table: number } | undefined;
  if (bytes.length < 4 || view.getUint16(0) !== 0xffd8) return undefined;
  for (let at = 2; at + 4 <= bytes.length; ) {
    const marker = view.getUint16(at);
    if (marker === 0xffff) {
      at += 1;
      continue;
    }
    const data = bytes.subarray(at + 4, at + 2 + view.getUint16(at + 2));
    at += 4 + data.length;
    if (at >= bytes.length) return undefined;
    if (marker === 0xffdb) {
      if (!readQuantisations(data, quantisations)) return undefined;
    } else if (marker === 0xffc4) {
      if (!readTables(data, tables)) return undefined;
    } else if (marker === 0xffc0 || marker === 0xffc1) {
      const [precision, , , , , components, component = 0, , table = 0] = data;
      if (frame !== undefined || precision !== 8 || components !== 1 || data.length !== 9) return undefined;
      frame = { height: view.getUint16(at - 8), width: view.getUint16(at - 6), component, table };
    } else if (marker === 0xffdd) {
      if (data.some((byte) => byte !== 0)) return undefined;
    } else if (marker === 0xffda) {
      const [components, component, which = 0, first, last, approximation] = data;
      const whole = components === 1 && first === 0 && last === 63 && approximation === 0;
      if (frame === undefined || !whole || component !== frame.component || data.length !== 6)
        return undefined;
      const quantisation = quantisations[frame.table];
      const [dc, ac] = [tables.dc[which >> 4], tables.ac[which & 15]];
      if (!quantisation || !dc || !ac) return undefined;
      return { width: frame.width, height: frame.height, quantisation, dc, ac, start: at };
    } else if (!((marker >= 0xffe0 && marker <= 0xffef) || marker === 0xfffe)) return undefined;
  }
  return undefined;
}

function readQuantisations(data: Uint8Array, into: Uint16Array[]): boolean {
  for (let at = 0; at < data.length; ) {
    const wide = (data[at] ?? 0) >> 4;
    const values = data.subarray(at + 1, at + 65 + 64 * wide);
    if (wide > 1 || values.length !== 64 * (1 + wide)) return false;
    into[(data[at] ?? 0) & 15] = Uint16Array.from({ length: 64 }, (_, i) =>
      wide ? ((values[2 * i] ?? 0) << 8) | (values[2 * i + 1] ?? 0) : (values[i] ?? 0),
    );
    at += 1 + values.length;
  }
  return true;
}

interface Tables {
  readonly dc: DcTable[];
  readonly ac: AcTable[];
}

function readTables(data: Uint8Array, into: Tables): boolean {
  for (let at = 0; at < data.length; ) {
    const which = data[at] ?? 0;
    const counts = data.subarray(at + 1, at + 17);
    const symbols = data.subarray(at + 17, at + 17 + counts.reduce((sum, count) => sum + count, 0));
    if (which >> 4 > 1 || counts.length !== 16) return false;
    if (which >> 4 === 0) {
      const table = symbols.every((symbol) => symbol <= MOST_DC) && dcTable(counts, symbols);
      if (!table) return false;
      into.dc[which & 15] = table;
    } else {
      const table = symbols.every((symbol) => (symbol & 15) <= MOST_AC) && acTable(counts, symbols);
      if (!table) return false;
      into.ac[which & 15] = table;
    }
    at += 17 + symbols.length;
  }
  return true;
}
