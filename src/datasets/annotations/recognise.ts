import { CxrError } from '../../errors.js';

/** Bytes looked at: a header of a CSV fits in, and so does the first record of JSON lines. */
export const HEAD_BYTES = 64 * 1024;

/** What the first bytes of a file say it is: never its name. */
export type Shape = 'json' | 'json-lines' | 'csv';

/**
 * @param head the first bytes of the file, up to `HEAD_BYTES`
 * @throws CxrError EMPTY_ANNOTATIONS, NOT_ANNOTATIONS for what is no text, NOT_UTF8
 */
export function recogniseShape(head: Uint8Array): Shape {
  const [a, b] = head;
  if ((a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff))
    throw new CxrError('NOT_UTF8', 'it is UTF-16');
  if (head.includes(0)) throw new CxrError('NOT_ANNOTATIONS', 'it is no text');
  // Cut anywhere, the head may end within a character: that is not looked at here.
  const text = new TextDecoder('utf-8').decode(head);
  const start = text.trimStart();
  if (start === '' && head.length < HEAD_BYTES) throw new CxrError('EMPTY_ANNOTATIONS');
  if (start.startsWith('[')) return 'json';
  if (!start.startsWith('{')) return 'csv';
  const [, first = '', next] = /^(.*?)\r?\n\s*(\S)/.exec(start) ?? [];
  return next === '{' && isJson(first) ? 'json-lines' : 'json';
}

/** Of the characters that people separate fields with, the one that the header has most of. */
export function delimiterOf(head: Uint8Array): string {
  const [header = ''] = new TextDecoder('utf-8')
    .decode(head)
    .trimStart()
    .split(/\r\n|\n|\r/, 1);
  const count = (character: string) => header.split(character).length;
  return [',', ';', '\t'].reduce((best, next) => (count(next) > count(best) ? next : best));
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
