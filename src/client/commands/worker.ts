import { Command, InvalidArgumentError } from 'commander';
import { QUEUES, type Queue } from '../../config/schema.js';
import { startWorkerProcess } from '../../server/worker-process.js';
import { createLog } from '../../workers/log.js';
import { configOf, type DeploymentOptions, deploymentOptions } from '../options.js';
import { EXIT, note, print, printJson } from '../output.js';
import { untilSignal } from '../signals.js';

interface Options extends DeploymentOptions {
  readonly queues: readonly Queue[];
}

export const command = deploymentOptions(
  new Command('worker').description('A worker process for one or more task queues of a deployment'),
)
  .option('--queues <list>', `of ${QUEUES.join(', ')}; all by default`, queuesOf, QUEUES)
  .addHelpText(
    'after',
    `
Needs TEMPORAL_ADDRESS, DATABASE_URL, the key and storage that all workers reach; or, with --data, a live
\`cxrflow up\` on this machine. Serves /metrics, /livez and /readyz on metrics.port. SIGTERM drains it.

Example:
  $ cxrflow worker --queues io,cpu --config config/compose.yaml`,
  )
  .action(async (options: Options) => {
    const config = configOf(options);
    const { queues } = options;
    const worker = await startWorkerProcess(config, queues, createLog(config.logging));
    const signal = untilSignal();
    const { host, port } = config.metrics;
    const health = port === 0 ? undefined : `http://${host}:${port}`;
    if (options.json) printJson({ ready: true, queues, ...(health && { health }) });
    else print(`ready  queues ${queues.join(', ')}${health ? `  health ${health}/readyz` : ''}`);
    try {
      await Promise.race([signal, worker.failed]);
      note('Stopping: running steps finish or hand back.');
    } finally {
      await worker.stop();
    }
    process.exitCode = EXIT.done;
  });

function queuesOf(text: string): readonly Queue[] {
  const names = text.split(',').map((name) => name.trim());
  const wrong = names.filter((name) => !QUEUES.some((queue) => queue === name));
  if (wrong.length > 0) throw new InvalidArgumentError(`The queues are ${QUEUES.join(', ')}.`);
  return QUEUES.filter((queue) => names.includes(queue));
}
