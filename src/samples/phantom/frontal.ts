import type { Random } from '../random.js';
import { type Anatomy, type Exposure, shapeOf } from './anatomy.js';
import { paintBones, paintLines } from './bones.js';
import { createGrid, type Grid } from './grid.js';
import { paintSoftTissue, paintVessels } from './soft-tissue.js';

/** The attenuation map of a frontal chest; the patient's right is on the left of the film. */
export function frontal(width: number, height: number, a: Anatomy, e: Exposure, random: Random): Grid {
  const grid = createGrid(width, height);
  const air = new Float32Array(width * height);
  const shape = shapeOf(a, e);
  paintSoftTissue(grid, air, shape, a);
  const lungDetail = createGrid(width, height);
  paintVessels(lungDetail, shape, random);
  const { data } = grid;
  for (let i = 0; i < data.length; i++)
    data[i] = (data[i] as number) + (lungDetail.data[i] as number) * (air[i] as number);
  paintBones(grid, shape, a, e, random);
  if (e.lines) paintLines(grid, shape, random);
  return grid;
}
