import { oneOf, section, whole } from '../fields.js';

/** How models of images are run on the gpu queue. */
export const modelsSection = section({
  /** auto: CUDA where this machine and its onnxruntime have it. */
  device: oneOf('auto', 'cpu', 'cuda'),
  /** Of one inference on CPU; 0: one a core. */
  threads: whole(0, 1_024),
  /** Images that are run at once, where the model takes more than one. */
  batch: whole(1, 1_024),
});
