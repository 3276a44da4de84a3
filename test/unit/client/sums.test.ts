import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Sums } from '../../../src/client/sums.js';

const MIB = 2 ** 20;
const md5 = (bytes: Uint8Array) => createHash('md5').update(bytes).digest();

/** CRC32C bit by bit (RFC 3720, reflected polynomial 0x82F63B78). */
function crc32c(bytes: Uint8Array): string {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let i = 0; i < 8; i++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  }
  const out = Buffer.alloc(4);
  out.writeUInt32BE(~crc >>> 0);
  return out.toString('base64');
}

it('agrees with plain MD5 and CRC32C, however the bytes come in pieces', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 500 }), fc.integer({ min: 1, max: 60 }), (bytes, piece) => {
      const sums = new Sums();
      for (let at = 0; at < bytes.length; at += piece) sums.update(bytes.subarray(at, at + piece));
      const stored = { size: bytes.length, md5: md5(bytes).toString('hex'), crc32c: crc32c(bytes) };
      expect(sums.equal(stored)).toBe(true);
      expect(sums.equal({ ...stored, size: bytes.length + 1 })).toBe(false);
      expect(sums.equal({ ...stored, md5: '0'.repeat(32) })).toBe(false);
      expect(sums.equal({ ...stored, crc32c: 'AAAAAQ==' })).toBe(crc32c(bytes) === 'AAAAAQ==');
    }),
  );
});

it('knows an upload in parts by any usual size of them', () => {
  const bytes = Buffer.alloc(21 * MIB, 'film');
  for (const part of [5 * MIB, 8 * MIB, 10 * MIB, 16 * MIB]) {
    const sums: Buffer[] = [];
    for (let at = 0; at < bytes.length; at += part) sums.push(md5(bytes.subarray(at, at + part)));
    const parts = { md5: md5(Buffer.concat(sums)).toString('hex'), count: sums.length };
    const stored = { size: bytes.length, parts };
    const ours = Sums.for(stored);
    ours?.update(bytes);
    expect(ours?.equal(stored)).toBe(true);
    expect(ours?.equal({ size: bytes.length, parts: { ...parts, md5: 'f'.repeat(32) } })).toBe(false);
  }
});

it('has nothing to compare with where the store keeps no sum', () => {
  expect(Sums.for({ size: 3 })).toBeUndefined();
  expect(Sums.for({ size: 3, parts: { md5: '', count: 77 } })).toBeUndefined();
});
