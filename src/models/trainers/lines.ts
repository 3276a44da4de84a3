/** Longer lines are no lines of the protocol: they are dropped, so that a trainer cannot fill the memory. */
const MAX_LINE = 64 * 1024;

/**
 * Splits a stream of text into lines in bounded memory.
 * @param onLine called with each line, without its end; undefined for one that was too long
 */
export function lineSplitter(onLine: (line: string | undefined) => void): {
  push(chunk: Buffer): void;
  end(): void;
} {
  let parts: Buffer[] = [];
  let length = 0;
  let tooLong = false;
  const add = (piece: Buffer) => {
    length += piece.length;
    if (length > MAX_LINE) {
      tooLong = true;
      parts = [];
    } else parts.push(piece);
  };
  const flush = () => {
    // A multi-byte character may be split between chunks: the bytes are joined first.
    onLine(tooLong ? undefined : Buffer.concat(parts).toString('utf8').replace(/\r$/, ''));
    parts = [];
    length = 0;
    tooLong = false;
  };
  return {
    push(chunk) {
      let from = 0;
      for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, from)) {
        add(chunk.subarray(from, at));
        flush();
        from = at + 1;
      }
      if (from < chunk.length) add(chunk.subarray(from));
    },
    end() {
      if (length > 0) flush();
    },
  };
}
