import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Rooms } from '../../../../src/activities/cpu/rooms.js';

/** A result as a thread leaves it: in the room where it fits, else in memory of its own. */
function result(room: SharedArrayBuffer | undefined, length: number): Uint8Array {
  return room && room.byteLength >= length ? new Uint8Array(room, 0, length) : new Uint8Array(length);
}

describe('rooms for results', () => {
  it('hold one result at a time', () => {
    const step = fc.record({ length: fc.nat(100), free: fc.nat(10) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        let rooms = new Rooms();
        const held: { bytes: Uint8Array; mark: number }[] = [];
        for (const [mark, { length, free }] of steps.entries()) {
          held.push({ bytes: result(rooms.take(), length).fill(mark), mark });
          for (const { bytes, mark } of held) expect(bytes.every((byte) => byte === mark)).toBe(true);
          const [gone] = free < held.length ? held.splice(free, 1) : [];
          if (gone) rooms.give(gone.bytes);
          // Another activity begins where this one ends; both have results that are still looked at.
          if (free === 9) {
            rooms.close();
            rooms = new Rooms();
          }
        }
      }),
    );
  });

  it('are used again, as large as the largest result', () => {
    const rooms = new Rooms();
    rooms.give(result(rooms.take(), 10));
    const room = rooms.take();
    expect(room?.byteLength).toBe(10);
    rooms.give(result(room, 7));
    expect(rooms.take()).toBe(room);
    rooms.give(result(rooms.take(), 20));
    expect(rooms.take()?.byteLength).toBe(20);
  });

  it('are left to the next activity', () => {
    const [first, second] = [new Rooms(), new Rooms()];
    for (const rooms of [first, second]) rooms.give(new Uint8Array(33));
    const room = first.take();
    first.give(result(room, 33));
    first.close();
    expect(second.take()).toBe(room);
    expect(second.take()).not.toBe(room);
  });

  it('are not made for results that are too large to be kept', () => {
    const rooms = new Rooms();
    rooms.give(new Uint8Array(2 ** 25 + 1));
    expect(rooms.take()).toBeUndefined();
  });
});
