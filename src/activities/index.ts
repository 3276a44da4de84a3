import type { BackfillIoActivities, BackfillMainActivities } from './api/backfill.js';
import type { ModelActivities } from './api/models.js';
import type { CpuActivities, GpuActivities, IoActivities, MainActivities, ModelInfo } from './api.js';
import { beating } from './beat.js';
import { extractShard } from './cpu/extract-shard.js';
import type { Activities, Deps } from './deps.js';
import { detectionActivities } from './detection/activities.js';
import { judgeImages } from './gpu/judge-images.js';
import { ModelSessions } from './gpu/model-sessions.js';
import { openModel, predictImages } from './gpu/predict-images.js';
import { QualityModels } from './gpu/quality-models.js';
import { annotationsIo } from './io/annotations/index.js';
import { applyQuality } from './io/apply-quality.js';
import { finishShard } from './io/finish-shard.js';
import { listSource } from './io/list-source.js';
import { planBackfill } from './io/plan-backfill.js';
import { storeShard } from './io/store-shard.js';
import { loopActivities } from './loop/index.js';
import { alert } from './main/alert.js';
import { abandonRun, closeRun, endRun } from './main/close-run.js';
import { extractedShards } from './main/extracted-shards.js';
import { nextShards } from './main/next-shards.js';
import { annotationsMain } from './main/open-annotations.js';
import { openBackfill } from './main/open-backfill.js';
import { openRun } from './main/open-run.js';
import { nextPartitions, settle } from './main/partitions.js';
import { pacsActivities } from './pacs/index.js';
import { patiently } from './patience.js';
import { processingActivities } from './processing/index.js';

/** Every activity, bound to what it works with, by the queue that runs it. */
export function createActivities(deps: Deps): Activities {
  const models = new QualityModels(deps);
  const main: MainActivities & BackfillMainActivities = {
    openBackfill: openBackfill(deps),
    nextPartitions: nextPartitions(deps),
    settlePartition: settle(deps),
    openRun: openRun(deps),
    nextShards: nextShards(deps),
    extractedShards: extractedShards(deps),
    closeRun: closeRun(deps),
    endRun: endRun(deps),
    abandonRun: abandonRun(deps),
    alert: alert(deps),
  };
  const io: IoActivities & BackfillIoActivities = {
    planBackfill: planBackfill(deps),
    listSource: listSource(deps),
    storeShard: storeShard(deps),
    applyQuality: applyQuality(deps),
    finishShard: finishShard(deps),
  };
  const cpu: CpuActivities = { extractShard: extractShard(deps) };
  const sessions = new ModelSessions(deps);
  const gpu: GpuActivities & ModelActivities = {
    describeModel: ({ uri, black }) =>
      beating<ModelInfo, undefined>((_, signal) =>
        patiently(deps.config.retry, signal, () => models.describe(uri, black)),
      ),
    judgeImages: judgeImages(deps, models),
    openModel: openModel(deps, sessions),
    predictImages: predictImages(deps, sessions),
  };
  const pacs = pacsActivities(deps);
  const processing = processingActivities(deps);
  const detection = detectionActivities(deps);
  const loop = loopActivities(deps, sessions);
  return {
    main: {
      ...main,
      ...annotationsMain(deps),
      ...processing.main,
      ...detection.main,
      ...loop.main,
      ...pacs.main,
    },
    io: { ...io, ...annotationsIo(deps), ...processing.io, ...detection.io, ...loop.io, ...pacs.io },
    cpu: { ...cpu, ...processing.cpu, ...detection.cpu, ...pacs.cpu },
    gpu: { ...gpu, ...loop.gpu },
  };
}
