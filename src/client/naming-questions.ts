import { open, readFile } from 'node:fs/promises';
import { type BytePath, pathBytes } from './input-files.js';

// The DICOM reader is loaded here only when two files want one name: a command must not wait for it otherwise.

const HEAD = 1024;

/** By content; false for a file that cannot be read. */
export async function isDicom(path: BytePath): Promise<boolean> {
  const { looksLikeDicom } = await import('../dicom/read.js');
  const file = await open(pathBytes(path)).catch(() => undefined);
  if (file === undefined) return false;
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD), 0, HEAD, 0);
    return looksLikeDicom(buffer.subarray(0, bytesRead));
  } catch {
    return false;
  } finally {
    await file.close();
  }
}

/** Of a file that cannot be read as DICOM, 0: it will have no pictures. */
export async function frames(path: BytePath): Promise<number> {
  const [{ readDicom }, { frameCount }] = await Promise.all([
    import('../dicom/read.js'),
    import('../dicom/frames.js'),
  ]);
  try {
    return frameCount(readDicom(await readFile(pathBytes(path))));
  } catch {
    return 0;
  }
}
