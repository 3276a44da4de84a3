import { uriOf } from '../../storage/open.js';
import type { ModelActivities, ModelInUse, PredictResult } from '../api/models.js';
import { beating } from '../beat.js';
import type { Deps } from '../deps.js';
import { patiently } from '../patience.js';
import { imagesToPredict } from './images-to-predict.js';
import type { ModelSessions } from './model-sessions.js';
import { predictions } from './predictions.js';

export function openModel(deps: Deps, sessions: ModelSessions): ModelActivities['openModel'] {
  return ({ model, declared }) =>
    beating<ModelInUse, undefined>((_, signal) =>
      patiently(deps.config.retry, signal, () => sessions.resolve(model, declared)),
    );
}

/** Predictions on a batch of images, as lines of an object: what a model sees does not go through histories. */
export function predictImages(deps: Deps, sessions: ModelSessions): ModelActivities['predictImages'] {
  return ({ run, model, images, output, thresholds }) =>
    beating<PredictResult, undefined>((_, signal) =>
      patiently(run.retry, signal, async () => {
        const start = performance.now();
        const session = await sessions.get(model);
        const list = await imagesToPredict(deps, images);
        const { batch } = deps.config.models;
        const lines: string[] = [];
        let failed = 0;
        for await (const part of predictions(deps, session, list, { batch, thresholds, signal }))
          for (const one of part) {
            if ('error' in one) failed++;
            const { id, width, height } = one;
            const answer = 'error' in one ? { error: one.error } : one.prediction;
            lines.push(`${JSON.stringify({ id, width, height, ...answer })}\n`);
          }
        await deps.objects.write(output, Buffer.from(lines.join('')), {
          contentType: 'application/x-ndjson',
          signal,
        });
        const seconds = (performance.now() - start) / 1000;
        const uri = uriOf(deps.objects.root, output);
        return { uri, predicted: lines.length - failed, failed, seconds, provider: session.provider };
      }),
    );
}
