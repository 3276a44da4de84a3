import type { RenderOptions, Size, WindowChoice } from '../dicom/render/types.js';
import { CxrError } from '../errors.js';

/** The options of `cxrflow render` as typed. */
export interface RenderFlags {
  readonly out: string;
  readonly format: string;
  readonly bits: string;
  readonly size?: string;
  readonly window: string;
  readonly stretch?: boolean;
  readonly threads: string;
  readonly json?: boolean;
}

export interface RenderSettings {
  readonly options: RenderOptions;
  readonly format: 'png' | 'jpeg';
  /** 0: as many as there are processors. */
  readonly threads: number;
}

const LARGEST = 32_768;
/** 8,192 x 8,192: larger than any film. What is asked for is held in memory. */
const MOST_PIXELS = 2 ** 26;

/** @throws CxrError BAD_INPUT naming the option. */
export function parseRenderFlags(flags: RenderFlags): RenderSettings {
  const format = flags.format === 'jpg' ? 'jpeg' : flags.format;
  if (format !== 'png' && format !== 'jpeg') throw bad('--format', 'png or jpeg');
  if (flags.bits !== '8' && flags.bits !== '16') throw bad('--bits', '8 or 16');
  const bits = flags.bits === '8' ? 8 : 16;
  const stretch = flags.stretch === true;
  if (format === 'jpeg' && bits === 16) throw bad('--bits', '8 with JPEG');
  if (stretch && bits === 8) throw bad('--stretch', 'used with --bits 16; 8 bits are always filled');
  const window = parseWindow(flags.window);
  if (bits === 16 && !stretch && window !== 'auto')
    throw bad('--window', 'used with --stretch when --bits is 16: without it the values are not windowed');
  if (!/^\d{1,4}$/.test(flags.threads)) throw bad('--threads', 'a whole number, 0 for one a processor');
  const size = flags.size === undefined ? {} : { size: parseSize(flags.size) };
  return { options: { bits, window, stretch, ...size }, format, threads: Number(flags.threads) };
}

function parseSize(text: string): Size {
  const [, width, height] = /^(\d{1,5})x(\d{1,5})$/i.exec(text) ?? [];
  const size = { width: Number(width), height: Number(height) };
  for (const side of [size.width, size.height])
    if (!(side >= 1 && side <= LARGEST)) throw bad('--size', `WIDTHxHEIGHT, each 1 to ${LARGEST}`);
  if (size.width * size.height > MOST_PIXELS) throw bad('--size', `at most ${MOST_PIXELS} pixels`);
  return size;
}

function parseWindow(text: string): WindowChoice {
  if (text === 'auto' || text === 'percentile') return text;
  const numbers = text.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  const [center, width] = numbers;
  if (numbers.length !== 2 || center === undefined || width === undefined || numbers.some(Number.isNaN)) {
    if (text.trim() === '') throw bad('--window', 'auto, percentile, CENTER,WIDTH or the name of a view');
    return { name: text };
  }
  // PS3.3 C.11.2.1.2: a LINEAR window is at least 1 wide.
  if (!Number.isFinite(center) || !(width >= 1)) throw bad('--window', 'a width of at least 1');
  return { center, width };
}

function bad(option: string, expected: string): CxrError {
  return new CxrError('BAD_INPUT', `${option} must be ${expected}`);
}
