const SPECIAL: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ı: 'i',
};

/** A word without case, accents and width: `MÜLLER`, `Müller` and `muller` are one. */
export function foldWord(word: string): string {
  return word
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase()
    .replace(/[ßæœøłđðþı]/g, (letter) => SPECIAL[letter] ?? letter);
}

/** Every folded spelling of a name's word: `Müller` and `Mueller` are also `mueller` and `muller`. */
export function spellings(word: string): readonly string[] {
  const expanded = word
    .normalize('NFC')
    .toLowerCase()
    .replace(/[äöüøå]/g, (letter) => ({ ä: 'ae', ö: 'oe', ü: 'ue', ø: 'oe', å: 'aa' })[letter] ?? letter);
  const plain = foldWord(word);
  const contracted = plain.replace(/ae|oe|ue|aa/g, (pair) => pair.charAt(0));
  return [...new Set([plain, foldWord(expanded), contracted])].filter((form) => form !== '');
}
