import { CxrError } from '../../errors.js';
import { HEAD_BYTES } from '../text.js';

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

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
