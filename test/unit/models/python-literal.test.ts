import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pythonLiteral } from '../../../src/models/python-literal.js';

describe('pythonLiteral', () => {
  it.each([
    [`{0: 'person', 1: "Kerley's lines"}`, { 0: 'person', 1: "Kerley's lines" }],
    ['[640, 640]', [640, 640]],
    ['(1, 2.5, -3e2,)', [1, 2.5, -300]],
    ['{}', {}],
    ['[]', []],
    [`{'nms': True, 'data': None, 'half': False}`, { nms: true, data: null, half: false }],
    [String.raw`'a\'b\\c\n\x41\u00e9'`, "a'b\\c\nAé"],
    [' 32 ', 32],
    ['[0.485, 0.456, 0.406]', [0.485, 0.456, 0.406]],
  ])('reads %s', (text, value) => {
    expect(pythonLiteral(text)).toEqual(value);
  });

  it.each(['', 'detect', '{0: }', '[1 2]', "'open", '[1,,2]', '{1}', '1 2', `${'['.repeat(1000)}`])(
    'answers undefined to %s',
    (text) => {
      expect(pythonLiteral(text)).toBeUndefined();
    },
  );

  it('reads all JSON that has no escapes of its own', () => {
    const names = fc.dictionary(
      fc.stringMatching(/^[a-z0-9_]{1,8}$/),
      fc.stringMatching(/^[\w ÄÖÜ'-]{0,12}$/),
    );
    fc.assert(
      fc.property(names, fc.array(fc.double({ noNaN: true, noDefaultInfinity: true })), (dict, list) => {
        const value = { dict, list: list.map((v) => (v === 0 ? 0 : v)) };
        expect(pythonLiteral(JSON.stringify(value))).toEqual(value);
      }),
    );
  });

  it('never throws', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...`{}[]():,'"\\01 aTrueNone.e-`) }), (text) => {
        expect(() => pythonLiteral(text)).not.toThrow();
      }),
    );
  });
});
