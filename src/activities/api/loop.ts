/** What `onlineSimulation` and `feedbackRetrain` may ask of activities, by queue. */
import type { Latency } from '../../models/simulation/percentiles.js';

export type { TrainingProgress } from '../../models/trainers/trainer.js';

import type { Counts } from '../api.js';
import type { ModelInUse } from './models.js';
import type { RunBase } from './run.js';

/** What both types take of their input: which dataset, model and feedback. */
interface SubjectInput {
  readonly dataset?: string;
  readonly version?: string;
  readonly model?: string;
  readonly feedback?: string;
  readonly seed?: number;
}

export interface OnlineSimulationInput extends SubjectInput {
  readonly split?: string;
  readonly load?: readonly number[];
  /** Seconds. */
  readonly stage?: number;
}

export interface FeedbackRetrainInput extends SubjectInput {
  readonly confidence?: number;
  readonly minFeedback?: number;
  readonly trainer?: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly margin?: number;
  readonly canaryTolerance?: number;
  readonly approval?: boolean;
  readonly newVersion?: string;
}

/** A dataset version that is there. */
export interface VersionRef {
  readonly dataset: string;
  readonly version: string;
  /** Folder of the dataset's versions. */
  readonly root: string;
  /** Hash of its manifest. */
  readonly hash: string;
}

/** A registered model version. */
export interface ModelRef {
  readonly name: string;
  readonly version: number;
  /** `name@v3` */
  readonly model: string;
  readonly sha256: string;
}

interface LoopRun extends RunBase {
  readonly dataset: VersionRef;
  /** Root URI of the feedback files. */
  readonly feedback: string;
  readonly seed: number;
}

export interface SimulationRun extends LoopRun {
  readonly split: string;
  readonly load: readonly number[];
  readonly stageMs: number;
  readonly model: ModelRef;
}

/** A part of a stage: so many images from a place in the order, for so long at most. */
export interface SimulationPart {
  readonly run: SimulationRun;
  readonly model: ModelInUse;
  /** Number of the part in the run, from 0: its measurements are kept under it. */
  readonly part: number;
  readonly stage: number;
  readonly workers: number;
  readonly from: number;
  readonly limit: number;
  readonly milliseconds: number;
}

/** Outcomes of images, by kind; `failed` ones are in quarantine. */
export interface Simulated {
  /** Images of the part, in the order from `from` on. */
  readonly taken: number;
  readonly done: number;
  /** Their feedback of this model version was there. */
  readonly skipped: number;
  readonly quarantined: number;
  readonly milliseconds: number;
}

export interface StageSummary {
  readonly stage: number;
  readonly workers: number;
  readonly seconds: number;
  readonly done: number;
  readonly skipped: number;
  readonly quarantined: number;
  /** Milliseconds of one image, from the moment it is asked for to the model's answer. */
  readonly latency: Latency;
  /** By code. */
  readonly errors: Readonly<Record<string, number>>;
}

export interface SimulationSummary {
  readonly stages: readonly StageSummary[];
  readonly latency: Latency;
  readonly report: string;
}

export type TrainerSettings =
  | { readonly kind: 'builtin'; readonly params: Readonly<Record<string, unknown>> }
  | {
      readonly kind: 'command';
      readonly name: string;
      readonly command: readonly string[];
      readonly env: readonly string[];
      readonly params: Readonly<Record<string, unknown>>;
    };

export interface RetrainRun extends LoopRun {
  /** Name that the candidate is registered under. */
  readonly modelName: string;
  /** In production when the run began; what the candidate has to beat. */
  readonly production: ModelRef | undefined;
  readonly confidence: number;
  readonly minFeedback: number;
  readonly trainer: TrainerSettings;
  readonly training: {
    readonly timeLimit: number;
    readonly silence: number;
    readonly outputLimit: number;
    readonly grace: number;
  };
  readonly margin: number;
  readonly canaryTolerance: number;
  readonly approval: boolean;
  readonly newVersion: string | undefined;
  /** Names of the splits that decide. */
  readonly validation: string;
  readonly canary: string;
}

export interface Collected {
  /** Of feedback files: `found` = new + unchanged (skipped) + quarantined. */
  readonly counts: Counts;
  /** Images with feedback that no run has decided on. */
  readonly waiting: number;
}

export interface SelectionSummary {
  readonly selected: number;
  /** Of them, those that a radiologist corrected. */
  readonly corrections: number;
  /** Images left out, by reason. */
  readonly left: Readonly<Record<string, number>>;
}

/** What one model achieves on one split. */
export interface SplitScore {
  readonly split: string;
  readonly images: number;
  /** What decides: mAP50 of detectors, macro AUC of classifiers; null where the split does not define it. */
  readonly score: number | null;
  /** Bootstrap interval of the score, 95 %. */
  readonly interval: readonly [number, number] | null;
  /** All of the evaluation, in the reports of the run. */
  readonly report: string;
}

export interface Evaluated {
  readonly metric: 'mAP50' | 'AUC';
  readonly validation: SplitScore;
  readonly canary: SplitScore;
}

export interface TrainedModel {
  /** Key in the staging of the run. */
  readonly key: string;
  readonly sha256: string;
  readonly epochs: number;
  readonly metrics: Readonly<Record<string, number>>;
  /** Lines of the trainer that were none of the protocol. */
  readonly garbage: number;
  /** How often it was begun. */
  readonly attempts: number;
}

export interface Decision {
  readonly promote: boolean;
  /** `BETTER`, `FIRST_MODEL`; else why not. */
  readonly code: string;
  /** In a sentence, with the numbers. */
  readonly reason: string;
}

export interface LoopMainActivities {
  /** @throws CxrError BAD_INPUT, VERSION_MISSING, SPLIT_EMPTY, MODEL_UNKNOWN, MODEL_NO_PRODUCTION, SOURCE_BUSY */
  openSimulation(input: { input: OnlineSimulationInput }): Promise<SimulationRun>;
  closeSimulation(input: { run: SimulationRun; counts: Counts }): Promise<SimulationSummary>;
  /** @throws CxrError as `openSimulation`; TRAINER_UNKNOWN */
  openRetrain(input: { input: FeedbackRetrainInput }): Promise<RetrainRun>;
  /** Puts the candidate into production, unless another model has got there meanwhile. */
  promoteCandidate(input: {
    run: RetrainRun;
    candidate: ModelRef;
    reason: string;
    who: string;
  }): Promise<{ readonly promoted: boolean; readonly code?: string }>;
  closeRetrain(input: { run: RetrainRun; outcome: RetrainOutcome }): Promise<{ report: string }>;
}

export interface LoopIoActivities {
  /** Puts the images of the split in order. */
  planSimulation(input: { run: SimulationRun }): Promise<{ images: number }>;
  /** Reads new feedback files into the catalog, each once. */
  collectFeedback(input: { run: RetrainRun }): Promise<Collected>;
  selectFeedback(input: { run: RetrainRun }): Promise<SelectionSummary>;
  /** @throws CxrError TRAINING_SET_EMPTY, TRAINING_SET_ONE_CLASS */
  buildRetrainVersion(input: { run: RetrainRun; selection: SelectionSummary }): Promise<VersionRef>;
  /** Takes back what was written of a version that did not come to exist. */
  dropRetrainVersion(input: { run: RetrainRun }): Promise<void>;
}

export interface LoopGpuActivities {
  simulate(part: SimulationPart): Promise<Simulated>;
  /** @throws CxrError those of `trainExternally` */
  trainModel(input: { run: RetrainRun; version: VersionRef }): Promise<TrainedModel>;
  /** Registers what was trained. @throws CxrError MODEL_NOT_ONNX and the others of `registerModel` */
  registerCandidate(input: {
    run: RetrainRun;
    version: VersionRef;
    trained: TrainedModel;
  }): Promise<ModelRef>;
  evaluateModel(input: { run: RetrainRun; version: VersionRef; model: ModelInUse }): Promise<Evaluated>;
  measureDrift(input: { run: RetrainRun; version: VersionRef; model: ModelInUse }): Promise<DriftSummary>;
}

export interface DriftSummary {
  readonly report: string;
  /** The largest of all that was compared: none, some, large or unknown. */
  readonly drift: string;
}

/** What a retraining came to; its keys are those of the result. */
export interface RetrainOutcome {
  readonly counts: Counts;
  readonly waiting: number;
  readonly selection?: SelectionSummary | undefined;
  readonly version?: VersionRef | undefined;
  readonly trained?: TrainedModel | undefined;
  readonly candidate?: ModelRef | undefined;
  readonly evaluation?: { readonly candidate: Evaluated; readonly production?: Evaluated } | undefined;
  readonly drift?: DriftSummary | undefined;
  readonly decision: Decision;
  readonly promoted: boolean;
  readonly decidedBy?: string | undefined;
}
