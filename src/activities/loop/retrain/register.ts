import { modelVersion } from '../../../catalog/models.js';
import type { Declared } from '../../../models/types.js';
import type { LoopGpuActivities, ModelRef, RetrainRun, TrainedModel, VersionRef } from '../../api/loop.js';
import { beating } from '../../beat.js';
import type { Deps } from '../../deps.js';
import { registerModel } from '../../models/register.js';
import { patiently } from '../../patience.js';

/** Registers what was trained, as a candidate. The same again is the version that is there. */
export function registerCandidate(deps: Deps): LoopGpuActivities['registerCandidate'] {
  return ({ run, version, trained }) =>
    beating<ModelRef, undefined>((_, signal) =>
      patiently(run.retry, signal, async () => {
        const {
          name,
          version: number,
          model,
          sha256,
        } = await registerModel(deps, {
          name: run.modelName,
          bytes: await deps.objects.read(trained.key, { signal }),
          declared: await declaredOf(deps, run),
          card: card(run, version, trained),
          metrics: trained.metrics,
          dataset: `${version.dataset}@${version.version}`,
          ...(run.production && { parent: run.production.model }),
          who: run.runId,
          codeVersion: deps.codeVersion,
          runId: run.runId,
        });
        return { name, version: number, model, sha256 };
      }),
    );
}

/** What had to be declared of the model in production holds for its successor, whose file may say it itself. */
async function declaredOf({ catalog: { db } }: Deps, { production }: RetrainRun): Promise<Declared> {
  if (!production) return {};
  return (await modelVersion(db, production.name, production.version)).declared as Declared;
}

function card(run: RetrainRun, version: VersionRef, trained: TrainedModel): string {
  const { trainer, production, seed } = run;
  const metrics = Object.entries(trained.metrics).map(([name, value]) => `- ${name}: ${value}`);
  return [
    `# ${run.modelName}`,
    '',
    `Trained by \`${trainer.kind === 'builtin' ? 'builtin' : trainer.name}\` on \`${version.dataset}\` \`${version.version}\` (manifest ${version.hash}).`,
    `Goes on from ${production?.model ?? 'nothing'}. Seed ${seed}, ${trained.epochs} epochs.`,
    '',
    `Parameters: \`${JSON.stringify(trainer.params)}\``,
    ...(metrics.length > 0 ? ['', 'Measured by the trainer itself:', '', ...metrics] : []),
    '',
  ].join('\n');
}
