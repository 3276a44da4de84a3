/** Character sets of DICOM text (PS3.3 C.12.1.1.2, PS3.5 6.1): bytes to strings. */

/** Defined terms of Specific Character Set, to encodings of the WHATWG standard that hold them. */
const ENCODINGS: Readonly<Record<string, string>> = {
  'IR 100': 'latin1',
  'IR 101': 'iso-8859-2',
  'IR 109': 'iso-8859-3',
  'IR 110': 'iso-8859-4',
  'IR 144': 'iso-8859-5',
  'IR 127': 'iso-8859-6',
  'IR 126': 'iso-8859-7',
  'IR 138': 'iso-8859-8',
  'IR 148': 'iso-8859-9',
  'IR 203': 'iso-8859-15',
  'IR 166': 'windows-874',
  'IR 13': 'shift_jis',
  'IR 192': 'utf-8',
  'IR 149': 'euc-kr',
  'IR 58': 'gb18030',
  GB18030: 'gb18030',
  GBK: 'gbk',
};

/** Escape sequences (PS3.3 tables C.12-3 and C.12-4): which half they set, and to what. */
const ESCAPES: Readonly<Record<string, { readonly half: 'g0' | 'g1'; readonly encoding: string }>> = {
  '(B': { half: 'g0', encoding: 'ascii' },
  '(J': { half: 'g0', encoding: 'ascii' },
  ')I': { half: 'g1', encoding: 'shift_jis' },
  '-A': { half: 'g1', encoding: 'latin1' },
  '-B': { half: 'g1', encoding: 'iso-8859-2' },
  '-C': { half: 'g1', encoding: 'iso-8859-3' },
  '-D': { half: 'g1', encoding: 'iso-8859-4' },
  '-L': { half: 'g1', encoding: 'iso-8859-5' },
  '-G': { half: 'g1', encoding: 'iso-8859-6' },
  '-F': { half: 'g1', encoding: 'iso-8859-7' },
  '-H': { half: 'g1', encoding: 'iso-8859-8' },
  '-M': { half: 'g1', encoding: 'iso-8859-9' },
  '-b': { half: 'g1', encoding: 'iso-8859-15' },
  '-T': { half: 'g1', encoding: 'windows-874' },
  $B: { half: 'g0', encoding: 'jis0208' },
  '$(D': { half: 'g0', encoding: 'jis0212' },
  '$)C': { half: 'g1', encoding: 'euc-kr' },
  '$)A': { half: 'g1', encoding: 'gb18030' },
};

const ESC = 0x1b;
/** At these the sets of the first value hold again (PS3.5 6.1.2.5.3): TAB LF FF CR, and the delimiters. */
const RESETS = new Set([0x09, 0x0a, 0x0c, 0x0d]);
const DELIMITERS = new Set([0x5c, 0x5e, 0x3d]);

const decoders = new Map<string, InstanceType<typeof TextDecoder>>();

/** Bytes that the encoding has no character for become U+FFFD; never throws. */
function decodeAs(encoding: string, bytes: Uint8Array): string {
  // TextDecoder reads latin1 as windows-1252.
  if (encoding === 'latin1')
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  let decoder = decoders.get(encoding);
  if (decoder === undefined) {
    decoder = new TextDecoder(encoding, { ignoreBOM: true });
    decoders.set(encoding, decoder);
  }
  return decoder.decode(bytes);
}

function encodingOfTerm(term: string): string | undefined {
  return ENCODINGS[term.trim().replace(/^ISO[_ ](?:2022[_ ])?IR[_ ]?/, 'IR ')];
}

/**
 * Decode the text of one value field.
 *
 * @param terms values of Specific Character Set; none or an unknown one means the default repertoire, read as
 *   latin1 so that no byte is lost
 * @param delimited false for ST, LT, UT: backslash and the PN delimiters are text there
 */
export function decodeText(bytes: Uint8Array, terms: readonly string[], delimited = true): string {
  const encoding = encodingOfTerm(terms[0] ?? '') ?? 'latin1';
  // Escapes only mean something with several sets or an ISO 2022 one; most text has none.
  if (!bytes.includes(ESC)) return decodeAs(encoding, bytes);
  let text = '';
  let g0 = 'ascii';
  let g1 = encoding;
  let start = 0;
  let i = 0;
  const flush = (end: number) => {
    if (end > start) text += decodeRun(bytes.subarray(start, end), g0, g1);
    start = end;
  };
  while (i < bytes.length) {
    const byte = bytes[i] ?? 0;
    if (byte === ESC) {
      const name = escapeAt(bytes, i + 1);
      if (name !== undefined) {
        flush(i);
        const { half, encoding: next } = ESCAPES[name] ?? { half: 'g0', encoding: 'ascii' };
        if (half === 'g0') g0 = next;
        else g1 = next;
        i += 1 + name.length;
        start = i;
        continue;
      }
    } else if (RESETS.has(byte) || (delimited && g0 === 'ascii' && DELIMITERS.has(byte))) {
      flush(i);
      g0 = 'ascii';
      g1 = encoding;
    }
    i++;
  }
  flush(bytes.length);
  return text;
}

function escapeAt(bytes: Uint8Array, at: number): string | undefined {
  for (const length of [2, 3]) {
    const name = String.fromCharCode(...bytes.subarray(at, at + length));
    if (Object.hasOwn(ESCAPES, name)) return name;
  }
  return undefined;
}

/** One run between escapes. Sets of two bytes in the lower half are EUC-JP with the high bits off. */
function decodeRun(bytes: Uint8Array, g0: string, g1: string): string {
  if (g0 === 'jis0208')
    return decodeAs(
      'euc-jp',
      bytes.map((b) => (b > 0x20 ? b | 0x80 : b)),
    );
  if (g0 === 'jis0212') {
    const euc: number[] = [];
    for (let i = 0; i < bytes.length; i += 2) {
      const high = bytes[i] ?? 0;
      if (high <= 0x20) {
        euc.push(high);
        i--;
      } else euc.push(0x8f, high | 0x80, (bytes[i + 1] ?? 0) | 0x80);
    }
    return decodeAs('euc-jp', Uint8Array.from(euc));
  }
  return decodeAs(g1, bytes);
}
