import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { CxrError } from '../errors.js';
import type { Declared } from '../models/types.js';

export interface DeclaredFlags {
  readonly task?: 'detect' | 'classify' | 'multilabel';
  readonly classes?: string;
  readonly size?: string;
  readonly declare?: string;
}

const numbers = z.array(z.number());
const schema = z.strictObject({
  task: z.enum(['detect', 'classify', 'multilabel']).optional(),
  classes: z.array(z.string()).optional(),
  input: z
    .strictObject({ width: z.int(), height: z.int(), channels: z.union([z.literal(1), z.literal(3)]) })
    .partial()
    .optional(),
  prepare: z
    .strictObject({
      fit: z.enum(['letterbox', 'crop', 'stretch']),
      antialias: z.boolean(),
      order: z.enum(['rgb', 'bgr']),
      divisor: z.number(),
      mean: numbers,
      std: numbers,
    })
    .partial()
    .optional(),
  thresholds: z
    .strictObject({ confidence: z.number(), iou: z.number(), maxDetections: z.int() })
    .partial()
    .optional(),
});

/** What the options of `model register` declare; single options stand over `--declare`. @throws CxrError BAD_INPUT */
export function declaredOf(flags: DeclaredFlags): Declared {
  const file = flags.declare === undefined ? {} : fromFile(flags.declare);
  const [, width, height] = /^(\d{1,4})x(\d{1,4})$/.exec(flags.size ?? '') ?? [];
  if (flags.size !== undefined && width === undefined)
    throw new CxrError('BAD_INPUT', '--size is WxH in pixels, for example 640x640');
  return {
    ...file,
    ...(flags.task && { task: flags.task }),
    ...(flags.classes !== undefined && { classes: flags.classes.split(',').map((name) => name.trim()) }),
    ...(width !== undefined && { input: { ...file.input, width: Number(width), height: Number(height) } }),
  };
}

function fromFile(path: string): Declared {
  const { data, error } = schema.safeParse(jsonFile(path));
  if (data) return data;
  const [issue] = error.issues;
  throw new CxrError('BAD_INPUT', `--declare: ${issue?.path.join('.') || 'the file'}: ${issue?.message}`);
}

/** The object that a JSON file holds. @throws CxrError BAD_INPUT */
export function jsonFile(path: string): Readonly<Record<string, unknown>> {
  const bytes = fileOf(path, 'a JSON file');
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch (cause) {
    throw new CxrError('BAD_INPUT', 'a JSON file holds no JSON', { cause });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new CxrError('BAD_INPUT', 'a JSON file holds no object');
  return value as Readonly<Record<string, unknown>>;
}

/** @param what it is, for the error. @throws CxrError BAD_INPUT */
export function fileOf(path: string, what: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new CxrError('BAD_INPUT', `${what} cannot be read (${code})`, { cause });
  }
}
