import type { Window } from './voi.js';

/**
 * Which part of the values is shown. `auto`: the file's first view, else minimum to maximum. `percentile`: 0.5 to
 * 99.5 % of the pixels. A centre and width in modality values, LINEAR (PS3.3 C.11.2.1.2.1). A view of the file by
 * its explanation.
 */
export type WindowChoice =
  | 'auto'
  | 'percentile'
  | { readonly center: number; readonly width: number }
  | { readonly name: string };

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface RenderOptions {
  /** 8: the display pipeline. 16: integer modality values from 0, no window (unless `stretch`). */
  readonly bits: 8 | 16;
  readonly window: WindowChoice;
  /** Resample to exactly this size; absent, the pixel grid stays. */
  readonly size?: Size;
  /** With 16 bits: the window (`auto`: minimum to maximum) is spread over 0 .. 65535. */
  readonly stretch?: boolean;
}

/** An image to show or store: rows from the top, samples interleaved, 0 is black. */
export interface Rendered {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  readonly bits: 8 | 16;
  readonly data: Uint8Array | Uint16Array;
  /** The value of white: 255, or with 16 bits the largest value that this image can hold. */
  readonly maxValue: number;
  /** The window that was applied, in modality values; absent where a table or no window was. */
  readonly window?: Window;
  /**
   * With 16 bits, grey: modality value = `from + step * data`. A negative step is an inverted image; a step other
   * than 1 means values that are not whole numbers, or do not fit into 16 bits.
   */
  readonly modality?: { readonly from: number; readonly step: number };
}
