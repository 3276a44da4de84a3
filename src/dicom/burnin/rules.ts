import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import { CxrError } from '../../errors.js';
import type { Rect } from './image.js';

/** What a device rule looks at. */
export interface DeviceFacts {
  readonly modality?: string;
  readonly manufacturer?: string;
  readonly model?: string;
}

const rectangle = z
  .strictObject({
    /** A negative x or y counts from the right or lower edge. */
    x: z.int(),
    y: z.int(),
    width: z.int().positive(),
    height: z.int().positive(),
  })
  .readonly();

const rule = z
  .strictObject({
    name: z.string().min(1),
    modality: z.string().optional(),
    /** Compared without case; the file's value must begin with it. */
    manufacturer: z.string().min(1),
    model: z.string().optional(),
    rows: z.int().positive().optional(),
    columns: z.int().positive().optional(),
    rectangles: z.array(rectangle).min(1),
  })
  .readonly();

export type DeviceRule = z.infer<typeof rule>;

const SHIPPED = new URL('../../../config/burnin-rules.yaml', import.meta.url);

/**
 * The device rules of a YAML file: where which device writes text into its pictures.
 *
 * @param file the shipped `config/burnin-rules.yaml` where not given
 * @throws CxrError BAD_CONFIG naming every wrong key
 */
export function loadDeviceRules(file: string | URL = SHIPPED): readonly DeviceRule[] {
  return parseDeviceRules(readFileSync(file, 'utf8'));
}

/** The text of a site's device rules, which are valid. @throws CxrError BAD_CONFIG */
export function readDeviceRules(file: string): string {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new CxrError('BAD_CONFIG', 'the file of device rules cannot be read', { cause });
  }
  parseDeviceRules(text);
  return text;
}

/** `loadDeviceRules` of text. */
export function parseDeviceRules(text: string): readonly DeviceRule[] {
  let raw: unknown;
  try {
    raw = parse(text);
  } catch {
    throw new CxrError('BAD_CONFIG', 'the device rules are not YAML');
  }
  const parsed = z.strictObject({ rules: z.array(rule) }).safeParse(raw);
  if (parsed.success) return parsed.data.rules;
  const issues = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new CxrError('BAD_CONFIG', `device rules: ${issues.join('; ')}`);
}

/** The rectangles of all rules that fit the device and the size, cut at the edges of the image. */
export function rectsFor(
  rules: readonly DeviceRule[],
  facts: DeviceFacts,
  image: { readonly width: number; readonly height: number },
): Rect[] {
  const begins = (value: string | undefined, wanted: string | undefined) =>
    wanted === undefined || (value ?? '').trim().toLowerCase().startsWith(wanted.toLowerCase());
  return rules
    .filter(
      (r) =>
        begins(facts.manufacturer, r.manufacturer) &&
        begins(facts.model, r.model) &&
        begins(facts.modality, r.modality) &&
        (r.rows === undefined || r.rows === image.height) &&
        (r.columns === undefined || r.columns === image.width),
    )
    .flatMap((r) => r.rectangles.map((rect) => clip(rect, image)))
    .filter(({ width, height }) => width > 0 && height > 0);
}

/** The part of a rectangle inside the image; negative x and y count from the right and lower edge. */
export function clip(rect: Rect, image: { readonly width: number; readonly height: number }): Rect {
  const left = rect.x < 0 ? image.width + rect.x : rect.x;
  const top = rect.y < 0 ? image.height + rect.y : rect.y;
  const x = Math.max(0, left);
  const y = Math.max(0, top);
  const right = Math.min(image.width, left + rect.width);
  const bottom = Math.min(image.height, top + rect.height);
  return { x, y, width: Math.max(0, right - x), height: Math.max(0, bottom - y) };
}
