import { seededOrder } from '../../../models/simulation/order.js';
import type { LoopIoActivities } from '../../api/loop.js';
import { beating } from '../../beat.js';
import type { Deps } from '../../deps.js';
import { patiently } from '../../patience.js';
import { writeLines } from '../../staging.js';
import { openDataset } from '../dataset.js';
import { loopStaged } from '../staged.js';

/** An image of the order; `key` below the root of the dataset. */
export interface Ordered {
  readonly imageId: string;
  readonly key: string;
}

/** Puts the images of the split in an order that the seed decides; an image that several readers read is there once. */
export function planSimulation(deps: Deps): LoopIoActivities['planSimulation'] {
  return ({ run }) =>
    beating<{ images: number }, undefined>((_, signal) =>
      patiently(run.retry, signal, async () => {
        const dataset = await openDataset(deps, run.dataset);
        const keys = new Map<string, string>();
        for (const { imageId, image } of dataset.split(run.split))
          if (!keys.has(imageId)) keys.set(imageId, image);
        const order = seededOrder([...keys.keys()], run.seed);
        const lines = order.map((imageId): Ordered => ({ imageId, key: keys.get(imageId) as string }));
        await writeLines(deps.objects, loopStaged.order(run), lines);
        return { images: order.length };
      }),
    );
}
