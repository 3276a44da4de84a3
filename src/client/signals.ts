/**
 * Fulfilled by the first SIGTERM or SIGINT. The second ends the process at once: somebody does not want to wait for
 * the drain.
 */
export function untilSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let asked = false;
    for (const name of ['SIGTERM', 'SIGINT'] as const)
      process.on(name, () => {
        if (asked && name === 'SIGINT') process.exit(130);
        asked = true;
        resolve(name);
      });
  });
}
