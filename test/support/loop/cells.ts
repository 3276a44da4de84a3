/** Small pictures in which a bright or a dark cell is the finding, and detectors that see them more or less well. */
import sharp from 'sharp';
import { onnxGraph } from '../onnx-graph.js';
import { seeded } from '../random.js';

export const CELL_CLASSES = ['bright', 'dark'] as const;
const SIDE = 32;
const CELL = 8;
const ACROSS = SIDE / CELL;
const CELLS = ACROSS * ACROSS;

export interface CellFinding {
  readonly classId: 0 | 1;
  /** Of the 16 cells, row by row. */
  readonly cell: number;
}

/**
 * A grey picture of 32 x 32 with its cells marked.
 * @param contrast how far a marked cell is from the grey around it, 0 to 0.5
 */
export function cellPicture(
  findings: readonly CellFinding[],
  contrast: number,
  seed: number,
): Promise<Buffer> {
  const random = seeded(seed);
  const data = Buffer.alloc(SIDE * SIDE);
  for (let y = 0; y < SIDE; y++)
    for (let x = 0; x < SIDE; x++) {
      const cell = Math.floor(y / CELL) * ACROSS + Math.floor(x / CELL);
      const found = findings.find((f) => f.cell === cell);
      const level = 0.5 + (found ? contrast * (found.classId === 0 ? 1 : -1) : 0);
      data[y * SIDE + x] = Math.round(255 * Math.min(1, Math.max(0, level + (random() - 0.5) * 0.02)));
    }
  return sharp(data, { raw: { width: SIDE, height: SIDE, channels: 1 } })
    .png()
    .toBuffer();
}

export function cellBox(cell: number): [number, number, number, number] {
  const [x, y] = [(cell % ACROSS) * CELL, Math.floor(cell / ACROSS) * CELL];
  return [x, y, x + CELL, y + CELL];
}

/** A line of a YOLO label file. */
export function cellLabel({ classId, cell }: CellFinding): string {
  const [x0, y0, x1, y1] = cellBox(cell);
  return `${classId} ${(x0 + x1) / 2 / SIDE} ${(y0 + y1) / 2 / SIDE} ${CELL / SIDE} ${CELL / SIDE}\n`;
}

/**
 * A detector that finds cells whose contrast is above `threshold`: what is below it has no score to speak of.
 * Metadata as Ultralytics writes it.
 */
export function cellDetector(threshold: number, classes: readonly string[] = CELL_CLASSES): Uint8Array {
  const gain = 80;
  const n = classes.length;
  const kernel = Float32Array.from({ length: n * 3 * CELL * CELL }, (_, i) => {
    const sign = Math.floor(i / (3 * CELL * CELL)) === 0 ? 1 : -1;
    return (sign * gain) / (3 * CELL * CELL);
  });
  const bias = Float32Array.from({ length: n }, (_, i) => gain * ((i === 0 ? -0.5 : 0.5) - threshold));
  const boxes = new Float32Array(4 * CELLS);
  for (let cell = 0; cell < CELLS; cell++) {
    const [x0, y0, x1, y1] = cellBox(cell);
    [(x0 + x1) / 2, (y0 + y1) / 2, CELL, CELL].forEach((v, row) => {
      boxes[row * CELLS + cell] = v;
    });
  }
  return onnxGraph({
    input: [1, 3, SIDE, SIDE],
    output: [1, 4 + n, CELLS],
    nodes: [
      { op: 'Conv', in: ['images', 'kernel', 'bias'], out: ['map'], attributes: { strides: [CELL, CELL] } },
      { op: 'Reshape', in: ['map', 'shape'], out: ['rows'] },
      { op: 'Sigmoid', in: ['rows'], out: ['score'] },
      { op: 'Concat', in: ['boxes', 'score'], out: ['output0'], attributes: { axis: 1 } },
    ],
    weights: {
      kernel: { dims: [n, 3, CELL, CELL], data: kernel },
      bias: { dims: [n], data: bias },
      shape: { dims: [3], data: BigInt64Array.of(1n, BigInt(n), BigInt(CELLS)) },
      boxes: { dims: [1, 4, CELLS], data: boxes },
    },
    metadata: {
      author: 'Ultralytics',
      task: 'detect',
      stride: '8',
      imgsz: `[${SIDE}, ${SIDE}]`,
      channels: '3',
      names: `{${classes.map((name, i) => `${i}: '${name}'`).join(', ')}}`,
    },
  });
}
