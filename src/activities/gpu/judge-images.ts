import sharp from 'sharp';
import { modesOf } from '../../catalog/containers.js';
import type { ImageRow } from '../../catalog/images.js';
import { type QualityCheck, record, toCheck } from '../../catalog/quality.js';
import { isBlack, type PercentileStats } from '../../imaging/black.js';
import { FEATURES_VERSION, qualityFeatures } from '../../imaging/quality/features.js';
import type { GpuActivities, QualityBatch } from '../api.js';
import { beating } from '../beat.js';
import type { Deps } from '../deps.js';
import { each } from '../each.js';
import { placeOf } from '../io/places.js';
import { patiently } from '../patience.js';
import type { QualityModels } from './quality-models.js';

const READS = 4;

/** Verdicts on a page of images that this model has not seen: black ones first, the others by the model. */
export function judgeImages(deps: Deps, models: QualityModels): GpuActivities['judgeImages'] {
  return ({ run, model: info, query, after, limit }) =>
    beating<QualityBatch, undefined>((_, signal) =>
      patiently(run.retry, signal, async () => {
        const { db } = deps.catalog;
        const model = await models.get(info, run.black);
        const images = await toCheck(db, info.version, query, { after, limit });
        const modes = await modesOf(db, [...new Set(images.filter(isUnmeasured).map((i) => i.container))]);
        const features = await each(images, READS, (image) =>
          featuresOf(deps, image, modes.get(image.container)),
        );
        const verdicts = images.length > 0 ? await model.predict(features) : [];
        const checks = images.map((image, i): QualityCheck => {
          const black = image.stats
            ? isBlack(image.stats as unknown as PercentileStats, run.black)
            : undefined;
          const verdict = verdicts[i] as { accepted: boolean; score: number };
          if (black)
            return {
              imageId: image.image_id,
              modelVersion: info.version,
              accepted: false,
              score: verdict.score,
              reason: `BLACK_${black.toUpperCase()}`,
            };
          const reason = verdict.accepted ? undefined : 'QUALITY';
          return { imageId: image.image_id, modelVersion: info.version, ...verdict, reason };
        });
        await deps.catalog.transaction((trx) => record(trx, checks));
        return {
          checked: checks.length,
          rejected: checks.filter(({ accepted }) => !accepted).length,
          next: images.length === limit ? images.at(-1)?.image_id : undefined,
        };
      }),
    );
}

function isUnmeasured({ features, features_version }: ImageRow): boolean {
  return features === null || features_version !== FEATURES_VERSION;
}

/** As the extraction measured them; of images that an older version measured, from the picture. */
async function featuresOf(
  deps: Deps,
  image: ImageRow,
  mode: 'prefix' | 'bucket' = 'prefix',
): Promise<Float32Array> {
  if (!isUnmeasured(image)) return Float32Array.from(image.features ?? []);
  const { store, key } = placeOf(deps, mode, image.container, image.key);
  const picture = sharp(await store.read(key));
  const sixteen = (await picture.metadata()).depth === 'ushort';
  // `greyscale()` would make 8 bits of 16.
  const { data, info } = await picture
    .toColourspace(sixteen ? 'grey16' : 'b-w')
    .raw({ depth: 'ushort' })
    .toBuffer({ resolveWithObject: true });
  const samples = new Uint16Array(data.buffer, data.byteOffset, data.byteLength / 2);
  const { maxValue = 255 } = image.stats as { maxValue?: number };
  return qualityFeatures({ width: info.width, height: info.height, data: samples, maxValue });
}
