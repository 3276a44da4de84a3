import {
  ApplicationFailure,
  CancellationScope,
  defineSignal,
  defineUpdate,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type {
  Decision,
  LoopGpuActivities,
  LoopIoActivities,
  LoopMainActivities,
  ModelRef,
  RetrainOutcome,
  RetrainRun,
  SelectionSummary,
  TrainingProgress,
  VersionRef,
} from '../activities/api/loop.js';
import type { ModelActivities } from '../activities/api/models.js';
import type { Counts } from '../activities/api.js';
import { checkInput, type Inputs } from './input.js';
import { approval } from './inputs/loop.js';
import { NOTHING } from './outcome.js';
import { decidePromotion } from './promotion.js';
import { type Opened, opening, orAbandon, RunSteering } from './run-steering.js';
import { activitiesOn, longOnGpu } from './stages.js';
import { label } from './steer.js';

const main = activitiesOn<LoopMainActivities>('main');
const io = activitiesOn<LoopIoActivities>('io');
const gpu = activitiesOn<LoopGpuActivities & ModelActivities>('gpu');
const training = longOnGpu<Pick<LoopGpuActivities, 'trainModel'>>();

export interface Approval {
  readonly approve: boolean;
  readonly reason: string;
  readonly by: string;
}

/** Whether a candidate that waits for a person goes into production. */
export const approveUpdate = defineUpdate<{ approved: boolean }, [Approval]>('approve');
const progressSignal = defineSignal<[TrainingProgress]>('trainingProgress');

export type RetrainResult = Counts & Omit<RetrainOutcome, 'counts'> & { readonly report: string };

type Step = 'collect' | 'select' | 'build' | 'train' | 'evaluate' | 'drift' | 'decide' | 'approval' | 'close';

/**
 * From feedback to the next model: collect, select, build the next version, train, evaluate, decide. Whatever goes
 * wrong on the way, production stays what it was.
 */
export async function feedbackRetrain(input?: Inputs['feedbackRetrain']): Promise<RetrainResult> {
  const checked = checkInput('feedbackRetrain', input);
  const opened = await opening('feedbackRetrain', () => main.openRetrain({ input: checked }));
  return await orAbandon(opened.run, () => new Retraining(opened).execute());
}

class Retraining {
  readonly #run: RetrainRun;
  readonly #steering: RunSteering;
  #step: Step = 'collect';
  #counts: Counts = NOTHING.counts;
  #training: TrainingProgress | undefined;
  #approval: Approval | undefined;
  #candidate: ModelRef | undefined;

  constructor({ run, control }: Opened<RetrainRun>) {
    this.#run = run;
    label(run, 'feedbackRetrain', `${run.dataset.dataset}/${run.dataset.version}`);
    this.#steering = new RunSteering(control, () => ({
      type: 'feedbackRetrain',
      state: 'running',
      source: run.source,
      counts: this.#counts,
      facts: this.#facts(),
    }));
    setHandler(progressSignal, (progress) => {
      this.#training = progress;
      this.#steering.show();
    });
    setHandler(
      approveUpdate,
      (given) => {
        this.#approval = given;
        this.#steering.control.resume();
        return { approved: given.approve };
      },
      {
        description: 'Whether the candidate goes into production. {approve, reason, by}',
        validator: (given) => {
          const checked = approval().safeParse(given);
          const issue = checked.error?.issues[0];
          if (issue)
            throw ApplicationFailure.nonRetryable(`${issue.path.join('.')}: ${issue.message}`, 'BAD_INPUT');
          if (this.#step !== 'approval' || this.#approval)
            throw ApplicationFailure.nonRetryable('no candidate waits for approval in this run', 'BAD_INPUT');
        },
      },
    );
  }

  async execute(): Promise<RetrainResult> {
    const run = this.#run;
    const { counts, waiting } = await this.#at('collect', () => io.collectFeedback({ run }));
    this.#counts = counts;
    const outcome = { counts, waiting };
    if (waiting < run.minFeedback)
      return this.#end(
        outcome,
        'NOT_ENOUGH_FEEDBACK',
        `${waiting} images wait, ${run.minFeedback} are needed`,
      );
    const selection = await this.#at('select', () => io.selectFeedback({ run }));
    if (selection.selected === 0 && run.production)
      return this.#end(
        { ...outcome, selection },
        'NOTHING_SELECTED',
        'no image with feedback may be learnt from',
      );
    const version = await this.#build(selection);
    const trained = await this.#at('train', () => training.trainModel({ run, version }));
    const candidate = await this.#at('evaluate', () => gpu.registerCandidate({ run, version, trained }));
    this.#candidate = candidate;
    const before = { ...outcome, selection, version, trained, candidate };
    const evaluation = await this.#evaluate(candidate, version);
    const drift = await this.#at('drift', async () => {
      const model = await gpu.openModel({ model: (run.production ?? candidate).model });
      return gpu.measureDrift({ run, version, model });
    });
    const decision = decidePromotion(evaluation.candidate, evaluation.production, run);
    return this.#close({ ...before, evaluation, drift }, candidate, decision);
  }

  /** A run that is stopped here takes the half of a version back before its staging goes. */
  async #build(selection: SelectionSummary): Promise<VersionRef> {
    const run = this.#run;
    try {
      return await this.#at('build', () => io.buildRetrainVersion({ run, selection }));
    } catch (error) {
      await CancellationScope.nonCancellable(() => io.dropRetrainVersion({ run }));
      throw error;
    }
  }

  async #evaluate(candidate: ModelRef, version: VersionRef) {
    const run = this.#run;
    const evaluated = (model: ModelRef) =>
      this.#at('evaluate', async () =>
        gpu.evaluateModel({ run, version, model: await gpu.openModel({ model: model.model }) }),
      );
    const production = run.production && (await evaluated(run.production));
    return { candidate: await evaluated(candidate), ...(production && { production }) };
  }

  /** Carries out what was decided, with a person's consent where that is asked for. */
  async #close(
    before: Omit<RetrainOutcome, 'decision' | 'promoted'>,
    candidate: ModelRef,
    decision: Decision,
  ): Promise<RetrainResult> {
    const run = this.#run;
    if (!decision.promote) return this.#end(before, decision.code, decision.reason);
    const given = run.approval ? await this.#approved(candidate, decision) : undefined;
    if (given && !given.approve) return this.#end(before, 'REJECTED', given.reason, given.by);
    const reason = given ? `${decision.reason}; ${given.reason}` : decision.reason;
    const who = given?.by ?? run.runId;
    const moved = await this.#at('decide', () => main.promoteCandidate({ run, candidate, reason, who }));
    if (!moved.promoted)
      return this.#end(
        before,
        moved.code ?? 'MODEL_MOVED',
        'another version was promoted meanwhile',
        given?.by,
      );
    const outcome = { ...before, decision, promoted: true, ...(given && { decidedBy: given.by }) };
    const { report } = await this.#at('close', () => main.closeRetrain({ run, outcome }));
    return flatten(outcome, report);
  }

  /** Waits for a person; a plain `resume` is none. */
  async #approved(candidate: ModelRef, decision: Decision): Promise<Approval> {
    this.#step = 'approval';
    const { workflowId } = workflowInfo();
    while (!this.#approval)
      await this.#steering.pauseFor({
        code: 'APPROVAL_NEEDED',
        message: `${candidate.model} is better: ${decision.reason}. cxrflow model approve ${workflowId}`,
      });
    return this.#approval;
  }

  async #end(
    before: Omit<RetrainOutcome, 'decision' | 'promoted'>,
    code: string,
    reason: string,
    decidedBy?: string,
  ): Promise<RetrainResult> {
    const decision: Decision = { promote: false, code, reason };
    const outcome = { ...before, decision, promoted: false, ...(decidedBy && { decidedBy }) };
    const { report } = await this.#at('close', () => main.closeRetrain({ run: this.#run, outcome }));
    return flatten(outcome, report);
  }

  #at<T>(step: Step, work: () => Promise<T>): Promise<T> {
    this.#step = step;
    this.#steering.show();
    return this.#steering.steadily(work);
  }

  #facts(): Record<string, string | number> {
    const { production, dataset, trainer } = this.#run;
    const { epoch = 0, epochs = 0, metrics = {} } = this.#training ?? {};
    return {
      step: this.#step,
      dataset: `${dataset.dataset} ${dataset.version}`,
      production: production?.model ?? 'none',
      trainer: trainer.kind === 'builtin' ? 'builtin' : trainer.name,
      ...(this.#training && { epoch: epochs > 0 ? `${epoch} of ${epochs}` : epoch, ...metrics }),
      ...(this.#candidate && { candidate: this.#candidate.model }),
    };
  }
}

function flatten({ counts, ...rest }: RetrainOutcome, report: string): RetrainResult {
  return { ...counts, ...rest, report };
}
