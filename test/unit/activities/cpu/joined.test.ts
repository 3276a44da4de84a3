import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Joined } from '../../../../src/activities/cpu/processing/joined.js';

describe('results one behind the other', () => {
  it('are the same in a room, in one that is too small, and in none', () => {
    const pieces = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 12 });
    fc.assert(
      fc.property(pieces, fc.option(fc.nat(300), { nil: undefined }), (all, size) => {
        const room = size === undefined ? undefined : new SharedArrayBuffer(size);
        const joined = new Joined(room);
        for (const piece of all) joined.add(piece);
        const expected = Buffer.concat(all);
        const bytes = joined.bytes();
        expect(joined.length).toBe(expected.length);
        expect(Buffer.compare(bytes, expected)).toBe(0);
        if (room && room.byteLength >= expected.length) expect(bytes.buffer).toBe(room);
        // Else it moves to the main thread, all of it.
        else expect(bytes.buffer.byteLength).toBe(expected.length);
      }),
    );
  });
});
