import sharp from 'sharp';
import { CxrError } from '../../errors.js';
import type { ImageFacts } from '../../models/feedback/types.js';
import type { Picture } from '../../models/types.js';
import type { ObjectStore } from '../../storage/port.js';

/** Decodes a PNG or JPEG: grey stays grey, 16 bits stay 16; transparency goes. @throws CxrError DECODE_FAILED */
export async function readPicture(bytes: Uint8Array): Promise<Picture> {
  try {
    const image = sharp(bytes).removeAlpha();
    const { depth, channels = 1 } = await image.metadata();
    const grey = channels <= 2;
    const sixteen = depth === 'ushort';
    const { data, info } = await image
      .toColourspace(grey ? (sixteen ? 'grey16' : 'b-w') : sixteen ? 'rgb16' : 'srgb')
      .raw({ depth: sixteen ? 'ushort' : 'uchar' })
      .toBuffer({ resolveWithObject: true });
    const samples = sixteen ? new Uint16Array(data.buffer, data.byteOffset, data.byteLength / 2) : data;
    return { width: info.width, height: info.height, channels: grey ? 1 : 3, data: samples };
  } catch (cause) {
    throw new CxrError('DECODE_FAILED', undefined, { cause });
  }
}

/** Of signature, length, "IHDR", width, height (PNG, section 11.2.2). */
const HEADER_BYTES = 24;

/** Size of a stored PNG, from its first bytes. @throws CxrError DECODE_FAILED and those of the store */
export async function pngSize(store: ObjectStore, key: string): Promise<ImageFacts> {
  const header = await store.read(key, { range: { start: 0, end: HEADER_BYTES } });
  if (header.length < HEADER_BYTES || header.readUInt32BE(0) !== 0x89504e47)
    throw new CxrError('DECODE_FAILED', 'it is no PNG');
  return { width: header.readUInt32BE(16), height: header.readUInt32BE(20) };
}
