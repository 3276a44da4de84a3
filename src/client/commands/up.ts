import { Command } from 'commander';
import { startStack } from '../../server/stack.js';
import { createLog } from '../../workers/log.js';
import { configOf, type DeploymentOptions, deploymentOptions } from '../options.js';
import { EXIT, note, print, printJson } from '../output.js';
import { untilSignal } from '../signals.js';

interface Options extends DeploymentOptions {
  readonly port?: string;
}

export const command = deploymentOptions(
  new Command('up').description('Everything on this machine: Temporal, workers for all queues, API'),
)
  .option('--port <n>', 'port of the API; 0 takes a free one (default: 8080)')
  .addHelpText(
    'after',
    `
Prints \`ready\` and its addresses once everything answers, and writes them to runtime.json in the data folder.

Example:
  $ cxrflow up --data ./data
  $ cxrflow start ingest --data ./data --set source=/mnt/nas --wait`,
  )
  .action(async (options: Options) => {
    const config = configOf(options);
    const stack = await startStack({
      config,
      log: createLog(config.logging),
      say: note,
      port: options.port === undefined ? undefined : portOf(options.port),
    });
    const signal = untilSignal();
    const { api, temporal, storage } = stack.runtime;
    const addresses = { api, temporal: temporal.address, ui: temporal.ui, data: config.data, storage };
    if (options.json) printJson({ ready: true, ...addresses });
    else {
      print('ready');
      for (const [name, address] of Object.entries(addresses))
        if (address) print(`  ${name.padEnd(9)} ${address}`);
    }
    try {
      await Promise.race([signal, stack.failed]);
      note('Stopping: running steps finish or hand back.');
    } finally {
      await stack.stop();
    }
    process.exitCode = EXIT.done;
  });

function portOf(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (!(port <= 65_535)) command.error(`error: --port is a number from 0 to 65535`);
  return port;
}
