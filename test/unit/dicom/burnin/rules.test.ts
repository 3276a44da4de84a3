import { describe, expect, it } from 'vitest';
import { clip, loadDeviceRules, parseDeviceRules, rectsFor } from '../../../../src/dicom/burnin/rules.js';

const code = (name: string) => expect.objectContaining({ code: name });
const size = { width: 1280, height: 1024 };

describe('device rules', () => {
  it('the shipped file is valid, and its examples fit no real maker', () => {
    const rules = loadDeviceRules();
    expect(rules.length).toBeGreaterThan(0);
    for (const { manufacturer } of rules) expect(manufacturer).toMatch(/^Example /);
  });

  const rules = parseDeviceRules(`
rules:
  - { name: by size, manufacturer: Acme, rows: 1024, columns: 1280, rectangles: [{ x: 0, y: 0, width: 5000, height: 60 }] }
  - { name: by model, manufacturer: acme, model: X1, modality: CR, rectangles: [{ x: -100, y: -50, width: 100, height: 50 }] }
`);

  it.each([
    ['begins with the maker, without case', { manufacturer: 'ACME Medical' }, 1],
    ['another maker', { manufacturer: 'The Acme' }, 0],
    ['no maker', {}, 0],
    ['model and modality', { manufacturer: 'Acme', model: 'x1 plus', modality: 'CR' }, 2],
    ['another modality', { manufacturer: 'Acme', model: 'X1', modality: 'US' }, 1],
  ])('%s', (_, facts, count) => {
    expect(rectsFor(rules, facts, size)).toHaveLength(count);
  });

  it('fit one size only where they name it', () => {
    expect(rectsFor(rules, { manufacturer: 'Acme' }, { width: 1280, height: 1023 })).toEqual([]);
  });

  it('are cut at the edges, and count from the far edges', () => {
    expect(rectsFor(rules, { manufacturer: 'Acme', model: 'X1', modality: 'CR' }, size)).toEqual([
      { x: 0, y: 0, width: 1280, height: 60 },
      { x: 1180, y: 974, width: 100, height: 50 },
    ]);
    expect(clip({ x: -2000, y: 5, width: 10, height: 10 }, size).width).toBe(0);
  });

  it.each([
    ['no YAML', 'a: [', /YAML/],
    [
      'an unknown key',
      'rules: [{name: a, manufacturer: b, colour: red, rectangles: [{x: 0, y: 0, width: 1, height: 1}]}]',
      /colour/,
    ],
    ['no rectangle', 'rules: [{name: a, manufacturer: b, rectangles: []}]', /rules.0.rectangles/],
    [
      'no maker',
      'rules: [{name: a, rectangles: [{x: 0, y: 0, width: 1, height: 1}]}]',
      /rules.0.manufacturer/,
    ],
    [
      'a width of 0',
      'rules: [{name: a, manufacturer: b, rectangles: [{x: 0, y: 0, width: 0, height: 1}]}]',
      /width/,
    ],
  ])('are refused with %s, by name', (_, text, message) => {
    expect(() => parseDeviceRules(text)).toThrow(code('BAD_CONFIG'));
    expect(() => parseDeviceRules(text)).toThrow(message);
  });
});
