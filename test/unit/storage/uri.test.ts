import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fileUri, parseRoot, parseUri, uriOf } from '../../../src/storage/open.js';

const failing = (code: string) => expect.objectContaining({ code });

describe('parseRoot', () => {
  it.each([
    ['file:///mnt/nas', { scheme: 'file', path: '/mnt/nas', uri: 'file:///mnt/nas' }],
    ['file:///mnt//nas/', { scheme: 'file', path: '/mnt/nas', uri: 'file:///mnt/nas' }],
    ['file://localhost/a%20b', { scheme: 'file', path: '/a b', uri: 'file:///a%20b' }],
    ['file:///', { scheme: 'file', path: '/', uri: 'file:///' }],
    ['file:///a%FF', { scheme: 'file', path: '/a\xff', uri: 'file:///a%FF' }],
    ['s3://cxr', { scheme: 's3', bucket: 'cxr', prefix: '', uri: 's3://cxr' }],
    ['S3://cxr/a b/c/', { scheme: 's3', bucket: 'cxr', prefix: 'a b/c/', uri: 's3://cxr/a b/c' }],
    ['gs://my_bucket.example/p%20', { scheme: 'gs', bucket: 'my_bucket.example', prefix: 'p%20/' }],
  ])('%s', (uri, expected) => {
    expect(parseRoot(uri)).toMatchObject(expected);
  });

  it.each([
    ['s3://key:secret@cxr/x', 'CREDENTIALS_IN_URL'],
    ['gs://user@cxr', 'CREDENTIALS_IN_URL'],
    ['https://user:secret@host/x', 'CREDENTIALS_IN_URL'],
    ['file://user:secret@/x', 'CREDENTIALS_IN_URL'],
    ['https://host/x', 'BAD_INPUT'],
    ['/mnt/nas', 'BAD_INPUT'],
    ['', 'BAD_INPUT'],
    ['file://nas/share', 'BAD_INPUT'],
    ['file:/mnt', 'BAD_INPUT'],
    ['file:///a/../b', 'BAD_INPUT'],
    ['file:///a/%2e%2e/b', 'BAD_INPUT'],
    ['file:///a%00', 'BAD_INPUT'],
    ['s3://cxr/a/../b', 'BAD_INPUT'],
    ['s3://', 'BAD_INPUT'],
    ['s3://x', 'BAD_INPUT'],
    ['s3://cxr?X-Amz-Signature=secret', 'BAD_INPUT'],
    ['s3://cxr/x#secret', 'BAD_INPUT'],
  ])('refuses %j', (uri, code) => {
    expect(() => parseRoot(uri)).toThrowError(failing(code));
    try {
      parseRoot(uri);
    } catch (error) {
      expect(String(error)).not.toMatch(/secret|user/);
    }
  });

  it('reads what it prints', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme', minLength: 1 }), { maxLength: 4 }), (parts) => {
        fc.pre(parts.every((part) => !/[/\0]/.test(part) && !/^\.{1,2}$/.test(part)));
        const root = parseRoot(fileUri(`/${parts.join('/')}`));
        expect(parseRoot(root.uri)).toEqual(root);
      }),
    );
  });
});

describe('parseUri', () => {
  it.each([
    ['s3://cxr/runs/7/m.jsonl', 's3://cxr/runs/7', 'm.jsonl'],
    ['gs://cxr/m', 'gs://cxr', 'm'],
    ['file:///a/b%20c', 'file:///a', 'b c'],
    ['file:///b', 'file:///', 'b'],
  ])('%s', (uri, root, key) => {
    expect(parseUri(uri)).toEqual({ root, key });
    expect(uriOf(root, key)).toBe(uri);
  });

  it.each(['s3://cxr', 's3://cxr/', 's3://cxr/a/', 'file:///'])('refuses %s: no object', (uri) => {
    expect(() => parseUri(uri)).toThrowError(failing('BAD_INPUT'));
  });
});
