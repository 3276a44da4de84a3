import { z } from 'zod';
import { duration, fraction, section, size, some, table, whole, yesNo } from '../fields.js';

const seed = () => whole(0, 2 ** 31 - 1);

/** The sections of `onlineSimulation` and `feedbackRetrain`. */
export const loopSections = {
  simulation: section({
    split: some('the name of a split'),
    /** Workers of each stage. */
    load: z
      .array(whole(1, 100), { error: 'a list of workers by stage' })
      .min(1, { error: 'at least one stage' }),
    /** How long a stage lasts. */
    stage: duration(),
    seed: seed(),
  }),
  retrain: section({
    /** `builtin`, or a name under `trainers`. */
    trainer: some('builtin, or a name under trainers'),
    /** An image is learnt from when each of its boxes has more than this. */
    confidence: fraction(),
    /** Images with feedback that nobody has looked at; with fewer a run ends at once. */
    minFeedback: whole(0, 1_000_000_000),
    /** How much better than production a candidate must be on validation (of mAP50 or AUC), */
    margin: fraction(),
    /** and how much worse it may be on canary. */
    canaryTolerance: fraction(),
    /** Wait for a person before a better candidate goes into production. */
    approval: yesNo(),
    seed: seed(),
  }),
  training: section({
    timeLimit: duration(),
    /** How long a trainer may say nothing. */
    silence: duration(),
    outputLimit: size(),
    /** Between SIGTERM and SIGKILL. */
    grace: duration(),
  }),
  trainers: table(
    section({
      /** Program and first arguments; the protocol's own come behind them. */
      command: z
        .array(some('a text'), { error: 'a list: the program and its arguments' })
        .min(1, { error: 'a list: the program and its arguments' }),
      /** Names of variables that the trainer is given besides PATH, HOME and those of Python and CUDA. */
      env: z.array(some('the name of a variable'), { error: 'a list of names of variables' }).optional(),
      /** Its parameters; those of the run's input go over them. */
      params: z.record(z.string(), z.json(), { error: 'a section of parameters' }).optional(),
    }),
  ),
};
