import type { Activities, Deps } from './deps.js';

/** Every activity, bound to what it works with. */
export function createActivities(_deps: Deps): Activities {
  return { main: {}, io: {}, cpu: {}, gpu: {} };
}
