import { Command } from 'commander';
import { examine } from '../doctor.js';
import { configOf, type DeploymentOptions, deploymentOptions } from '../options.js';
import { EXIT, print, printJson, table } from '../output.js';

const SIGN = { ok: 'ok', warning: 'note', broken: 'BROKEN' } as const;

export const command = deploymentOptions(
  new Command('doctor').description('What is configured, reachable and missing, and how to mend it'),
)
  .addHelpText(
    'after',
    `
Exit code 1 when something needed is broken. Writes and deletes one small object in the storage.

Example:
  $ cxrflow doctor --config site.yaml`,
  )
  .action(async (options: DeploymentOptions) => {
    const checks = await examine(configOf(options), process.env);
    const broken = checks.filter((check) => check.state === 'broken').length;
    if (options.json) printJson({ healthy: broken === 0, checks });
    else {
      print(table(checks.map(({ name, state, found }) => [SIGN[state], name, found])));
      for (const { name, hint } of checks) if (hint) print(`\n${name}: ${hint}`);
    }
    process.exitCode = broken === 0 ? EXIT.done : EXIT.failed;
  });
