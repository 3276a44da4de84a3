import sharp, { type Sharp } from 'sharp';
import { detectBurnedIn } from '../../dicom/burnin/detect.js';
import type { DeviceRule } from '../../dicom/burnin/rules.js';
import { redactDevices } from '../../dicom/deidentify/burned-in.js';
import { decodeFrame, frameCount } from '../../dicom/frames.js';
import { looksLikeDicom, readDicom } from '../../dicom/read.js';
import { encodePng } from '../../dicom/render/encode.js';
import { renderFrame } from '../../dicom/render/frame.js';
import { text } from '../../dicom/values.js';
import { CxrError } from '../../errors.js';
import { type Fit, type Placement, place, type Size } from '../fit.js';

export interface PictureSettings {
  /** Of the output; without it the pixel grid stays. */
  readonly size: Size | undefined;
  readonly fit: Fit;
  readonly window: 'auto' | 'percentile';
  readonly burnedIn: 'quarantine' | 'keep';
  readonly deviceRules: readonly DeviceRule[];
}

export interface Picture {
  readonly placement: Placement;
  /** 8-bit grey, pixels only: no text, EXIF or ICC chunks. */
  readonly png: Buffer;
}

/** The largest radiographs have 30 million. */
const MOST_PIXELS = 2 ** 28;

interface Grey extends Size {
  readonly data: Uint8Array;
}

/**
 * The picture of a detection dataset from a DICOM, PNG or JPEG file: pixels alone leave, none of what the file says
 * of its patient. DICOM goes through the grayscale pipeline of PS3.4 N.2.1, with the site's device rules applied and
 * a look for burned-in text; PNG and JPEG are taken as they look, 16 bits from minimum to maximum.
 *
 * @throws CxrError of kind `file`: what reading and decoding throw, TEXT_IN_PIXELS, IMAGE_UNREADABLE
 */
export async function makePicture(bytes: Uint8Array, settings: PictureSettings): Promise<Picture> {
  const grey = looksLikeDicom(bytes) ? await fromDicom(bytes, settings) : await fromPicture(bytes);
  const { width, height } = grey;
  const placement = place({ width, height }, settings.size, settings.fit);
  return {
    placement,
    png: await encodePng({
      ...placement.to,
      channels: 1,
      bits: 8,
      maxValue: 255,
      data: await fitted(grey, placement),
    }),
  };
}

async function fromDicom(
  bytes: Uint8Array,
  { window, burnedIn, deviceRules }: PictureSettings,
): Promise<Grey> {
  const file = await redactDevices(readDicom(bytes), deviceRules);
  const frames = frameCount(file);
  if (frames !== 1) throw new CxrError('IMAGE_UNREADABLE', `${frames} frames; boxes are drawn on one`);
  const { width, height, channels, data } = renderFrame(file, await decodeFrame(file, 0), {
    bits: 8,
    window,
  });
  const grey = {
    width,
    height,
    data: channels === 1 ? (data as Uint8Array) : await greyOf(rawOf(data, width, height, 3)),
  };
  if (burnedIn === 'quarantine') {
    const flag = text(file.dataset, '00280301');
    const { findings, review } = detectBurnedIn(grey, flag === undefined ? {} : { burnedInAnnotation: flag });
    const places = findings.filter(({ kind }) => kind === 'text').length;
    if (review)
      throw new CxrError(
        'TEXT_IN_PIXELS',
        places > 0 ? `${places} places look like text` : 'it says so itself',
      );
  }
  return grey;
}

async function fromPicture(bytes: Uint8Array): Promise<Grey> {
  try {
    const image = sharp(bytes, { limitInputPixels: MOST_PIXELS, failOn: 'error' });
    const { width, height, format, depth } = await image.metadata();
    if (format !== 'png' && format !== 'jpeg')
      throw new CxrError('IMAGE_UNREADABLE', 'neither DICOM, PNG nor JPEG');
    return { width, height, data: depth === 'ushort' ? await fromSixteen(image) : await greyOf(image) };
  } catch (error) {
    if (error instanceof CxrError) throw error;
    // The message of the decoder may quote the file.
    throw new CxrError('IMAGE_UNREADABLE', 'its pixels cannot be decoded');
  }
}

async function fromSixteen(image: Sharp): Promise<Uint8Array> {
  const raw = await image.removeAlpha().toColourspace('grey16').raw({ depth: 'ushort' }).toBuffer();
  const values = new Uint16Array(raw.buffer, raw.byteOffset, raw.length / 2);
  let [low, high] = [65535, 0];
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  const scale = high > low ? 255 / (high - low) : 0;
  return Uint8Array.from(values, (value) => Math.round((value - low) * scale));
}

function greyOf(image: Sharp): Promise<Uint8Array> {
  return image.removeAlpha().toColourspace('b-w').raw().toBuffer();
}

function rawOf(data: Uint8Array | Uint16Array, width: number, height: number, channels: 1 | 3): Sharp {
  return sharp(data, { raw: { width, height, channels } });
}

/** Antialiased where it shrinks; a letterbox is padded with black, as the collimated edge of a film is. */
async function fitted({ width, height, data }: Grey, { from, to, inner }: Placement): Promise<Uint8Array> {
  if (to.width === from.width && to.height === from.height) return data;
  return await rawOf(data, width, height, 1)
    .resize(inner.width, inner.height, { fit: 'fill', kernel: 'lanczos3' })
    .extend({
      left: inner.left,
      top: inner.top,
      right: to.width - inner.left - inner.width,
      bottom: to.height - inner.top - inner.height,
      background: '#000',
    })
    .toColourspace('b-w')
    .raw()
    .toBuffer();
}

/** Whether the first bytes of a file are those of a PNG or JPEG. */
export function looksLikePicture(head: Uint8Array): boolean {
  const starts = (...bytes: number[]) => bytes.every((byte, i) => head[i] === byte);
  return starts(0x89, 0x50, 0x4e, 0x47) || starts(0xff, 0xd8, 0xff);
}
