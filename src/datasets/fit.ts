import type { Box } from './boxes/rules.js';

export interface Size {
  readonly width: number;
  readonly height: number;
}

export type Fit = 'letterbox' | 'stretch';

/** How an image of size `from` comes to lie in one of size `to`. */
export interface Placement {
  readonly from: Size;
  readonly to: Size;
  /** Where the resized picture lies in the output, pixels; the rest is padding. */
  readonly inner: { readonly left: number; readonly top: number } & Size;
}

/**
 * Letterbox keeps the proportions: the picture is scaled to fit and centred, padding on both sides. Stretch fills
 * the output, each axis by itself. Without `to` nothing changes.
 */
export function place(from: Size, to: Size | undefined, fit: Fit): Placement {
  if (to === undefined) return { from, to: from, inner: { left: 0, top: 0, ...from } };
  if (fit === 'stretch') return { from, to, inner: { left: 0, top: 0, ...to } };
  const scale = Math.min(to.width / from.width, to.height / from.height);
  const width = Math.max(1, Math.min(to.width, Math.round(from.width * scale)));
  const height = Math.max(1, Math.min(to.height, Math.round(from.height * scale)));
  const left = Math.floor((to.width - width) / 2);
  const top = Math.floor((to.height - height) / 2);
  return { from, to, inner: { left, top, width, height } };
}

/** Moves a box of the original image to where it lies in the output, pixels of the output. */
export function moveBox([x0, y0, x1, y1]: Box, { from, inner }: Placement): Box {
  const x = inner.width / from.width;
  const y = inner.height / from.height;
  return [inner.left + x0 * x, inner.top + y0 * y, inner.left + x1 * x, inner.top + y1 * y];
}
