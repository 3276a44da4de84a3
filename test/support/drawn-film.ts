import { distanceToLines } from '../../src/dicom/burnin/glyphs.js';
import type { GreyImage } from '../../src/dicom/burnin/image.js';
import { strokesOf } from '../../src/dicom/burnin/strokes.js';

/** A smooth chest: bright body, two dark lungs with ribs, a little noise; the same for the same seed. */
export function chest(seed: number, width = 640, height = 768, noise = 4): GreyImage {
  const data = new Uint8Array(width * height);
  let state = (seed % 2147483646) + 1;
  const random = () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
  const step = (x: number) => 1 / (1 + Math.exp(-x));
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const [u, v] = [x / width - 0.5, y / height];
      let value = 170 * step((0.42 - Math.abs(u)) / 0.02);
      for (const side of [-1, 1]) {
        const distance = Math.hypot((u - side * 0.19) / 0.15, (v - 0.47) / 0.33);
        value -= step((1 - distance) / 0.06) * (105 - 25 * step(Math.sin((v + u * side) * 50) * 4));
      }
      data[y * width + x] = Math.max(0, Math.min(255, value + (random() + random() - 1) * noise * 2.4));
    }
  return { width, height, data };
}

export interface Lettering {
  readonly x: number;
  readonly y: number;
  /** Height of a letter in pixels. */
  readonly size: number;
  readonly value?: number;
  /** Stroke width, as a part of the size. */
  readonly weight?: number;
  /** Down the picture, letters lying on their side. */
  readonly turned?: boolean;
  /** Fills a box behind the text first. */
  readonly box?: number;
}

/** The film with capitals and digits drawn on it, antialiased; no font of the machine is needed. */
export function lettered(film: GreyImage, text: string, lettering: Lettering): GreyImage {
  const { x, y, size, value = 255, weight = 0.14, turned = false, box } = lettering;
  const data = Uint8Array.from(film.data);
  const unit = size / 6;
  const put = (along: number, across: number, change: (before: number) => number) => {
    const [px, py] = turned ? [x + size - across, y + along] : [x + along, y + across];
    const at = Math.round(py) * film.width + Math.round(px);
    if (px >= 0 && px < film.width && at >= 0 && at < data.length) data[at] = change(data[at] ?? 0);
  };
  const advance = (character: string) => (character === 'I' || character === '1' ? 3.2 : 5.6) * unit;
  if (box !== undefined)
    for (let i = -size; i < text.length * 5.6 * unit + size; i++)
      for (let j = -size / 2; j < size * 1.5; j++) put(i, j, () => box);
  let pen = 0;
  for (const character of text) {
    const lines = strokesOf(character) ?? [];
    if (lines.length > 0)
      for (let i = -unit; i < 5 * unit; i++)
        for (let j = -unit; j < 7 * unit; j++) {
          const edge = (weight * 3 - distanceToLines(lines, i / unit, j / unit)) * unit + 0.5;
          const ink = Math.max(0, Math.min(1, edge));
          if (ink > 0) put(pen + i, j, (before) => Math.round(before + (value - before) * ink));
        }
    pen += advance(character);
  }
  return { ...film, data };
}
