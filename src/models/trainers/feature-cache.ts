import { type FileHandle, open, readFile, stat } from 'node:fs/promises';

/** Feature vectors that were computed before, by file, its size and its time: a line each, as they come. */
export class FeatureCache {
  readonly #known: ReadonlyMap<string, Float32Array>;
  readonly #file: FileHandle;

  private constructor(known: ReadonlyMap<string, Float32Array>, file: FileHandle) {
    this.#known = known;
    this.#file = file;
  }

  /** @param length of a vector; others, and a last line that was cut off, are as good as not there */
  static async open(path: string, length: number): Promise<FeatureCache> {
    const known = new Map<string, Float32Array>();
    const file = await open(path, 'a');
    for (const line of (await readFile(path, 'utf8')).split('\n')) {
      const [key, data] = line.split('\t');
      const bytes = Buffer.from(data ?? '', 'base64');
      if (key !== undefined && bytes.length === length * 4)
        known.set(key, new Float32Array(Uint8Array.from(bytes).buffer));
    }
    // After a line that was cut off the next one begins a new line.
    await file.write('\n');
    return new FeatureCache(known, file);
  }

  async of(path: string, compute: () => Promise<Float32Array>): Promise<Float32Array> {
    const { size, mtimeMs } = await stat(path);
    const key = JSON.stringify([path, size, mtimeMs]);
    const known = this.#known.get(key);
    if (known) return known;
    const features = await compute();
    const { buffer, byteOffset, byteLength } = features;
    await this.#file.write(`${key}\t${Buffer.from(buffer, byteOffset, byteLength).toString('base64')}\n`);
    return features;
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}
