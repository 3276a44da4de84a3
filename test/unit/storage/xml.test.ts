import fc from 'fast-check';
import { expect, it } from 'vitest';
import { escapeUri } from '../../../src/storage/s3/request.js';
import { parseList } from '../../../src/storage/s3/xml.js';

it('reads every key of a listing as it was written, numbers and spaces too', () => {
  const key = fc.oneof(
    fc.string({ unit: 'grapheme', minLength: 1 }),
    fc.constantFrom('007', '1e5', ' ', '+', 'true'),
  );
  fc.assert(
    fc.property(fc.array(key, { minLength: 1 }), fc.nat(), (all, size) => {
      const contents = all.map(
        (name) =>
          `<Contents><Key>${escapeUri(`root/${name}`)}</Key><LastModified>2024-01-02T03:04:05.678Z</LastModified>` +
          `<ETag>&quot;0a1&quot;</ETag><Size>${size}</Size></Contents>`,
      );
      const xml =
        `<?xml version="1.0"?><ListBucketResult><IsTruncated>true</IsTruncated>${contents.join('')}` +
        '<NextContinuationToken>a&amp;b=</NextContinuationToken></ListBucketResult>';
      const { objects, next } = parseList(xml, 'root/');
      expect(objects.map((one) => one.key)).toEqual(all);
      expect(new Set(objects.map((one) => `${one.size} ${one.version} ${one.modified}`))).toEqual(
        new Set([`${size} 0a1 ${Date.UTC(2024, 0, 2, 3, 4, 5, 678)}`]),
      );
      expect(next).toBe('a&b=');
    }),
  );
});

it('ends where the listing does', () => {
  expect(parseList('<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>', '')).toEqual({
    objects: [],
    folders: [],
    next: undefined,
  });
});
