/** What a literal of Python may hold here: the keys of a dict come as text. */
export type PythonValue =
  | string
  | number
  | boolean
  | null
  | readonly PythonValue[]
  | { readonly [key: string]: PythonValue };

const SPACE = /\s*/y;
const NUMBER = /[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?/y;
const WORD = /True|False|None|true|false|null/y;
const STRING = /'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"/sy;
const DEEPEST = 20;
const WORDS: Readonly<Record<string, boolean | null>> = {
  True: true,
  true: true,
  False: false,
  false: false,
  None: null,
  null: null,
};
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', '\n': '' };

/**
 * Reads the text that Python's `str()` gives of dicts, lists, tuples, numbers, strings, True, False and None, as
 * Ultralytics writes its metadata (`{0: 'nodule', 1: "Kerley's lines"}`); JSON of these is read too.
 *
 * @returns undefined where the text is none of this.
 */
export function pythonLiteral(text: string): PythonValue | undefined {
  let at = 0;
  const match = (pattern: RegExp): RegExpExecArray | undefined => {
    pattern.lastIndex = at;
    const found = pattern.exec(text) ?? undefined;
    at += found?.[0].length ?? 0;
    return found;
  };
  const skip = (character: string): boolean => {
    match(SPACE);
    if (text[at] !== character) return false;
    at++;
    return true;
  };

  const value = (depth: number): PythonValue => {
    if (depth > DEEPEST) throw new SyntaxError('too deep');
    if (skip('{')) return dict(depth);
    if (skip('[')) return list(']', depth);
    if (skip('(')) return list(')', depth);
    const string = match(STRING);
    if (string) return unescaped(string[1] ?? string[2] ?? '');
    const word = match(WORD);
    if (word) return WORDS[word[0]] ?? null;
    const number = match(NUMBER);
    if (number) return Number(number[0]);
    throw new SyntaxError('no literal');
  };
  const list = (end: string, depth: number): PythonValue[] => {
    const values: PythonValue[] = [];
    while (!skip(end)) {
      if (values.length > 0 && !skip(',')) throw new SyntaxError('no comma');
      if (skip(end)) break;
      values.push(value(depth + 1));
    }
    return values;
  };
  const dict = (depth: number): { [key: string]: PythonValue } => {
    const entries: [string, PythonValue][] = [];
    while (!skip('}')) {
      if (entries.length > 0 && !skip(',')) throw new SyntaxError('no comma');
      if (skip('}')) break;
      const key = value(depth + 1);
      if (!skip(':')) throw new SyntaxError('no colon');
      entries.push([String(key), value(depth + 1)]);
    }
    return Object.fromEntries(entries);
  };

  try {
    const read = value(0);
    match(SPACE);
    return at === text.length ? read : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function unescaped(text: string): string {
  return text.replace(
    /\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|(.))/gis,
    (_, two: string | undefined, four: string | undefined, one: string | undefined) => {
      const code = two ?? four;
      if (code !== undefined) return String.fromCharCode(Number.parseInt(code, 16));
      return ESCAPES[one as string] ?? (one as string);
    },
  );
}
