import type { InferenceSession } from 'onnxruntime-node';
import { CxrError } from '../errors.js';
import type { OnnxFile } from './onnx-file.js';
import { type PythonValue, pythonLiteral } from './python-literal.js';
import type {
  Declared,
  ModelDeclaration,
  ModelInput,
  ModelTask,
  Preparation,
  Some,
  Thresholds,
} from './types.js';

const TASKS: readonly ModelTask[] = ['detect', 'classify', 'multilabel'];
const FITS: readonly Preparation['fit'][] = ['letterbox', 'crop', 'stretch'];
const LARGEST = 4096;
/** The predictor of Ultralytics. */
const THRESHOLDS: Thresholds = { confidence: 0.25, iou: 0.7, maxDetections: 300 };

export interface InputSignature {
  readonly name: string;
  readonly layout: 'nchw' | 'nhwc';
  /** Images that one run takes; undefined: as many as given. */
  readonly batch: number | undefined;
}

export interface Declaration {
  readonly declaration: ModelDeclaration;
  readonly signature: InputSignature;
}

/**
 * Puts together what a model is: its shapes, its metadata (docs/models.md lists the keys), and what its user declared.
 * Declared values stand over metadata; where either contradicts a shape of the file, the model is refused.
 *
 * @throws CxrError MODEL_MISMATCH naming what was expected and what was found
 */
export function declare(file: OnnxFile, session: InferenceSession, declared: Declared): Declaration {
  const metadata = new Metadata(file.metadata);
  const task = taskOf(metadata, declared);
  const { signature, input } = inputOf(session, metadata, declared);
  const classes = declared.classes ?? namesOf(metadata);
  if (classes.length === 0) throw mismatch('at least one class', 'names of none');
  if (new Set(classes).size !== classes.length)
    throw mismatch('classes of different names', classes.join(', '));
  const nameless = classes.findIndex((name) => name.trim() === '' || /\p{Cc}|\p{Cs}/u.test(name));
  if (nameless >= 0) throw mismatch('names of classes that can be written', `none for class ${nameless}`);
  const prepare = preparationOf(metadata, task, input, declared);
  const thresholds = thresholdsOf(THRESHOLDS, declared.thresholds);
  return { declaration: { task, classes, input, prepare, thresholds }, signature };
}

function taskOf(metadata: Metadata, declared: Declared): ModelTask {
  const task = declared.task ?? metadata.text('task');
  const known = TASKS.find((t) => t === task);
  if (known) return known;
  throw mismatch(`a task of ${TASKS.join(', ')}`, task ?? 'none, neither declared nor in the metadata');
}

function namesOf(metadata: Metadata): readonly string[] {
  const names = metadata.value('names') ?? metadata.value('classes');
  if (names === undefined)
    throw mismatch('names of the classes', 'none, neither declared nor in the metadata');
  if (Array.isArray(names)) return names.map(String);
  if (typeof names !== 'object' || names === null) throw mismatch('names as a dict or list', typeof names);
  const entries = Object.entries(names as Readonly<Record<string, PythonValue>>);
  return entries.map((_, i) => {
    const name = entries.find(([index]) => index === String(i))?.[1];
    if (name === undefined) throw mismatch(`names from 0 to ${entries.length - 1}`, `no name of ${i}`);
    return String(name);
  });
}

function inputOf(session: InferenceSession, metadata: Metadata, declared: Declared) {
  const inputs = session.inputMetadata;
  const found = inputs
    .map((v) => (v.isTensor ? `${v.type} [${v.shape.join(', ')}]` : 'no tensor'))
    .join('; ');
  const expected = 'one float32 input of images [N, 1 or 3, height, width] or [N, height, width, 1 or 3]';
  const [value] = inputs;
  if (inputs.length !== 1 || !value?.isTensor || value.type !== 'float32' || value.shape.length !== 4)
    throw mismatch(expected, found || 'nothing');
  const dims = value.shape.map((size) => (typeof size === 'number' && size > 0 ? size : undefined));
  const layout = isGreyOrColour(dims[3]) && !isGreyOrColour(dims[1]) ? 'nhwc' : 'nchw';
  const [c, h, w] = layout === 'nchw' ? [dims[1], dims[2], dims[3]] : [dims[3], dims[1], dims[2]];
  const [imgHeight, imgWidth] = sizesOf(metadata);
  const size = (
    fixed: number | undefined,
    wanted: number | undefined,
    known: number | undefined,
    what: string,
  ) => {
    if (fixed !== undefined && wanted !== undefined && fixed !== wanted)
      throw mismatch(`${what} ${wanted}, as declared`, `${fixed} in the file`);
    const taken = fixed ?? wanted ?? known;
    if (taken === undefined) throw mismatch(`a ${what}, in the file, its imgsz or declared`, 'none');
    if (!Number.isInteger(taken) || taken < 1 || taken > LARGEST)
      throw mismatch(`a ${what} of 1 to ${LARGEST}`, String(taken));
    return taken;
  };
  const channels = size(c, declared.input?.channels, metadata.number('channels'), 'number of channels');
  if (channels !== 1 && channels !== 3) throw mismatch(expected, found);
  const input: ModelInput = {
    width: size(w, declared.input?.width, imgWidth, 'width'),
    height: size(h, declared.input?.height, imgHeight, 'height'),
    channels,
  };
  return { input, signature: { name: value.name, layout, batch: dims[0] } satisfies InputSignature };
}

function isGreyOrColour(size: number | undefined): boolean {
  return size === 1 || size === 3;
}

/** `imgsz` is [height, width], or one number for both. */
function sizesOf(metadata: Metadata): readonly (number | undefined)[] {
  const size = metadata.value('imgsz');
  const [height, width] = Array.isArray(size) ? size : [size, size];
  const number = (value: unknown) => (typeof value === 'number' ? value : undefined);
  return [number(height), number(width)];
}

function preparationOf(
  metadata: Metadata,
  task: ModelTask,
  { width, height, channels }: ModelInput,
  { prepare = {} }: Declared,
): Preparation {
  const ultralytics = metadata.text('author') === 'Ultralytics';
  const usual = task === 'detect' ? 'letterbox' : ultralytics && width === height ? 'crop' : 'stretch';
  const fit = prepare.fit ?? metadata.text('fit') ?? usual;
  const known = FITS.find((f) => f === fit);
  if (!known) throw mismatch(`a fit of ${FITS.join(', ')}`, String(fit));
  const order = prepare.order ?? metadata.text('channel_order') ?? 'rgb';
  if (order !== 'rgb' && order !== 'bgr') throw mismatch('a channel_order of rgb, bgr', order);
  const divisor = prepare.divisor ?? metadata.number('divisor') ?? 255;
  if (!(divisor > 0 && divisor < Infinity)) throw mismatch('a divisor above 0', String(divisor));
  const perChannel = (name: 'mean' | 'std', usualValue: number): readonly number[] => {
    const given = prepare[name] ?? metadata.value(name) ?? usualValue;
    const values = Array.isArray(given) ? given : Array.from({ length: channels }, () => given);
    const legal = values.every(
      (v) => typeof v === 'number' && Number.isFinite(v) && (name === 'mean' || v > 0),
    );
    if (values.length !== channels || !legal)
      throw mismatch(`${name}: ${channels} numbers${name === 'std' ? ' above 0' : ''}`, String(values));
    return values as readonly number[];
  };
  const antialias = prepare.antialias ?? metadata.flag('antialias') ?? task !== 'detect';
  return { fit: known, antialias, order, divisor, mean: perChannel('mean', 0), std: perChannel('std', 1) };
}

/** The usual thresholds with changes. @throws CxrError MODEL_MISMATCH where one is out of its range */
export function thresholdsOf(usual: Thresholds, changes: Some<Thresholds> = {}): Thresholds {
  const confidence = changes.confidence ?? usual.confidence;
  const iou = changes.iou ?? usual.iou;
  const maxDetections = changes.maxDetections ?? usual.maxDetections;
  const fraction = (value: number) => value >= 0 && value <= 1;
  if (!fraction(confidence)) throw mismatch('a confidence of 0 to 1', String(confidence));
  if (!fraction(iou)) throw mismatch('an iou of 0 to 1', String(iou));
  if (!Number.isInteger(maxDetections) || maxDetections < 1)
    throw mismatch('maxDetections of 1 or more', String(maxDetections));
  return { confidence, iou, maxDetections };
}

/** Metadata properties are texts, as Python's `str()` or JSON writes values. */
class Metadata {
  readonly #entries: ReadonlyMap<string, string>;

  constructor(entries: ReadonlyMap<string, string>) {
    this.#entries = entries;
  }

  text(key: string): string | undefined {
    return this.#entries.get(key);
  }

  value(key: string): PythonValue | undefined {
    const text = this.#entries.get(key);
    if (text === undefined) return undefined;
    const value = pythonLiteral(text);
    if (value === undefined) throw mismatch(`metadata ${key} as a Python or JSON literal`, 'something else');
    return value;
  }

  number(key: string): number | undefined {
    const value = this.value(key);
    if (value === undefined || typeof value === 'number') return value;
    throw mismatch(`metadata ${key} as a number`, typeof value);
  }

  flag(key: string): boolean | undefined {
    const value = this.value(key);
    if (value === undefined || typeof value === 'boolean') return value;
    throw mismatch(`metadata ${key} as True or False`, typeof value);
  }
}

export function mismatch(expected: string, found: string): CxrError {
  return new CxrError('MODEL_MISMATCH', `expected ${expected}, found ${found}`);
}
