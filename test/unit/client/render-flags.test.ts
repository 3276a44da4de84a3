import { describe, expect, it } from 'vitest';
import { parseRenderFlags } from '../../../src/client/render-flags.js';

const FLAGS = { out: 'o', format: 'png', bits: '8', window: 'auto', threads: '0' };
const optionsOf = (flags: Partial<Parameters<typeof parseRenderFlags>[0]>) =>
  parseRenderFlags({ ...FLAGS, ...flags }).options;

describe('parseRenderFlags', () => {
  it.each([
    ['-600,1500', { center: -600, width: 1500 }],
    ['40.5, 1', { center: 40.5, width: 1 }],
    ['percentile', 'percentile'],
    ['LUNG', { name: 'LUNG' }],
    ['soft, tissue', { name: 'soft, tissue' }],
  ])('reads the window %s', (window, expected) => {
    expect(optionsOf({ window }).window).toEqual(expected);
  });

  it('reads a size', () => {
    expect(optionsOf({ size: '224x300' }).size).toEqual({ width: 224, height: 300 });
  });

  it.each([
    ['--format', { format: 'gif' }],
    ['--bits', { bits: '12' }],
    ['--bits', { bits: '16', format: 'jpeg' }],
    ['--size', { size: '224' }],
    ['--size', { size: '0x4' }],
    ['--size', { size: '99999x4' }],
    ['--size', { size: '32768x32768' }],
    ['--window', { window: '40,0' }],
    ['--window', { window: ' ' }],
    ['--window', { window: '40,400', bits: '16' }],
    ['--stretch', { stretch: true }],
    ['--threads', { threads: '-1' }],
  ])('refuses %s in %o', (option, flags) => {
    expect(() => optionsOf(flags)).toThrow(expect.objectContaining({ code: 'BAD_INPUT' }));
    expect(() => optionsOf(flags)).toThrow(option);
  });
});
