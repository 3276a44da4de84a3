/** A search of bytes for many texts at once, without regard to the case of ASCII letters. */

export interface Needle {
  readonly bytes: Buffer;
  /** What a hit is reported as. */
  readonly label: string;
  /** Only where no letter or digit stands beside it: short texts occur inside words and numbers. */
  readonly whole: boolean;
}

const LEAST = 4;
const SLOTS = 1 << 20;

export class Needles {
  readonly #first = new Uint8Array(SLOTS);
  readonly #of = new Map<number, Needle[]>();
  readonly #known = new Set<string>();

  get size(): number {
    return this.#known.size;
  }

  /** Texts of fewer than 4 bytes are found anywhere: they are not looked for here. */
  add(text: string | Buffer, label: string, whole: boolean): void {
    const bytes = folded(typeof text === 'string' ? Buffer.from(text, 'utf8') : text);
    const id = `${bytes.toString('latin1')}${whole}`;
    if (bytes.length < LEAST || this.#known.has(id)) return;
    this.#known.add(id);
    const key = bytes.readUInt32LE(0);
    this.#first[slot(key)] = 1;
    this.#of.set(key, [...(this.#of.get(key) ?? []), { bytes, label, whole }]);
  }

  /** @param least shortest needle, in bytes, that is looked for */
  search(content: Buffer, least = LEAST): { readonly label: string; readonly around: string }[] {
    const text = folded(content);
    const hits: { label: string; around: string }[] = [];
    for (let at = 0; at + LEAST <= text.length; at++) {
      const key =
        ((text[at] as number) |
          ((text[at + 1] as number) << 8) |
          ((text[at + 2] as number) << 16) |
          ((text[at + 3] as number) << 24)) >>>
        0;
      if (this.#first[slot(key)] === 0) continue;
      for (const { bytes, label, whole } of this.#of.get(key) ?? []) {
        const end = at + bytes.length;
        if (bytes.length < least || bytes.compare(text, at, Math.min(end, text.length)) !== 0) continue;
        if (whole && (isWord(text[at - 1]) || isWord(text[end]))) continue;
        const around = content.toString('latin1', Math.max(0, at - 60), end + 40);
        hits.push({ label, around: around.replace(/[^ -~]/g, '.') });
      }
    }
    return hits;
  }
}

function slot(key: number): number {
  return Math.imul(key, 0x9e3779b1) >>> 12;
}

function isWord(byte: number | undefined): boolean {
  if (byte === undefined) return false;
  return (byte >= 0x30 && byte <= 0x39) || (byte >= 0x61 && byte <= 0x7a) || byte === 0x2e || byte >= 0x80;
}

function folded(bytes: Buffer): Buffer {
  const out = Buffer.from(bytes);
  for (let i = 0; i < out.length; i++) {
    const byte = out[i] as number;
    if (byte >= 0x41 && byte <= 0x5a) out[i] = byte + 32;
  }
  return out;
}
