import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contentHash, contentHasher, fileId, openPath, sealPath } from '../../../src/privacy/seal.js';

const key = Buffer.alloc(32, 1);
const other = Buffer.alloc(32, 2);
const bytes = fc.uint8Array({ maxLength: 300 });

describe('a sealed path', () => {
  it('opens to the same bytes, also those that are no UTF-8', () => {
    fc.assert(
      fc.property(bytes, (path) => {
        expect(new Uint8Array(openPath(key, sealPath(key, path)))).toEqual(path);
      }),
    );
  });

  it('is another one each time, and holds nothing of the path', () => {
    const path = Buffer.from('DOE^JOHN/film.dcm');
    const [a, b] = [sealPath(key, path), sealPath(key, path)];
    expect(a.equals(b)).toBe(false);
    expect(a.includes('DOE')).toBe(false);
  });

  it('does not open where any byte was changed, cut or added, or with another key', () => {
    fc.assert(
      fc.property(bytes, fc.nat(), fc.integer({ min: 1, max: 255 }), (path, at, change) => {
        const sealed = sealPath(key, path);
        const changed = Buffer.from(sealed);
        const place = at % changed.length;
        changed.writeUInt8(changed.readUInt8(place) ^ change, place);
        for (const wrong of [
          changed,
          sealed.subarray(0, -1),
          Buffer.concat([sealed, Buffer.of(0)]),
          Buffer.alloc(0),
        ])
          expect(() => openPath(key, wrong)).toThrow(expect.objectContaining({ code: 'SEAL_BROKEN' }));
        expect(() => openPath(other, sealed)).toThrow(expect.objectContaining({ code: 'SEAL_BROKEN' }));
      }),
    );
  });
});

describe('a file id', () => {
  it('says which source and key, and depends on the path key', () => {
    expect(fileId(key, 'nas', 'a/b.dcm')).toMatch(/^F[A-Z2-7]{26}$/);
    expect(fileId(key, 'nas', 'a/b.dcm')).toBe(fileId(key, 'nas', Buffer.from('a/b.dcm')));
    const ids = [
      fileId(key, 'nas', 'a/b.dcm'),
      fileId(key, 'nasa', '/b.dcm'),
      fileId(key, 'nas2', 'a/b.dcm'),
      fileId(other, 'nas', 'a/b.dcm'),
      fileId(key, 'nas', Buffer.of(0xff)),
      fileId(key, 'nas', Buffer.of(0xfe)),
    ];
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe('a content hash', () => {
  it('is the same in pieces', () => {
    fc.assert(
      fc.property(bytes, fc.nat(300), (content, cut) => {
        const whole = contentHash(key, content);
        expect(whole).toMatch(/^[0-9a-f]{64}$/);
        expect(
          contentHasher(key).update(content.subarray(0, cut)).update(content.subarray(cut)).digest(),
        ).toBe(whole);
        expect(contentHash(other, content)).not.toBe(whole);
      }),
    );
  });
});
