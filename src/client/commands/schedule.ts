import { Command } from 'commander';
import { attachTemporal } from '../attach.js';
import { configOf, type DeploymentOptions, deploymentOptions } from '../options.js';
import { note, print, printJson, table } from '../output.js';
import { actOnSchedule, applySchedule, listSchedules, type ScheduleAction } from '../schedules.js';

export const command = new Command('schedule')
  .description('Schedules: workflows that start by the clock')
  .addHelpText(
    'after',
    `
Schedules stand in the configuration file; \`apply\` makes Temporal's equal to them and may be repeated.

  schedules:
    - { id: nightly, type: ingest, input: { source: nas }, cron: 0 20 * * *, timezone: Europe/Kyiv }

Example:
  $ cxrflow schedule apply --config site.yaml
  $ cxrflow schedule trigger nightly`,
  );

const sub = (usage: string, description: string, example: string) =>
  deploymentOptions(command.command(usage).description(description)).addHelpText(
    'after',
    `\nExample:\n  $ ${example}`,
  );

sub(
  'apply',
  'make and change the schedules of the configuration',
  'cxrflow schedule apply --config site.yaml',
).action(async (options: DeploymentOptions) => {
  const config = configOf(options);
  const client = await attachTemporal(config);
  try {
    const results: { id: string; result: string }[] = [];
    for (const settings of config.schedules)
      results.push({ id: settings.id, result: await applySchedule(client, settings) });
    const configured = new Set(config.schedules.map(({ id }) => id));
    const others = (await listSchedules(client)).map(({ id }) => id).filter((id) => !configured.has(id));
    if (options.json) printJson({ schedules: results, notConfigured: others });
    else for (const { id, result } of results) print(`${id}  ${result}`);
    if (results.length === 0) note('The configuration has no schedules.');
    for (const id of others)
      note(`${id} is not in the configuration; \`cxrflow schedule delete ${id}\` removes it.`);
  } finally {
    await client.connection.close();
  }
});

sub('list', 'what is scheduled, when it ran and will run', 'cxrflow schedule list --json').action(
  async (options: DeploymentOptions) => {
    const client = await attachTemporal(configOf(options));
    try {
      const schedules = await listSchedules(client);
      if (options.json) return printJson({ schedules });
      if (schedules.length === 0)
        return print('No schedules. `cxrflow schedule apply` makes those of the configuration.');
      print(
        table([
          ['ID', 'TYPE', 'WHEN', 'STATE', 'LAST', 'NEXT'],
          ...schedules.map((s) => [
            s.id,
            s.type ?? '',
            s.when,
            s.paused ? 'paused' : 'active',
            s.last ?? '-',
            s.paused ? '-' : (s.next ?? '-'),
          ]),
        ]),
      );
    } finally {
      await client.connection.close();
    }
  },
);

const DONE: Readonly<Record<ScheduleAction, string>> = {
  pause: 'paused',
  resume: 'active',
  trigger: 'triggered',
  delete: 'deleted',
};
const DESCRIPTIONS: Readonly<Record<ScheduleAction, string>> = {
  pause: 'start nothing more by it until resumed',
  resume: 'let it start again',
  trigger: 'start a run now, unless one is running',
  delete: 'remove it; runs that it started go on',
};
for (const action of Object.keys(DONE) as ScheduleAction[])
  sub(`${action} <id>`, DESCRIPTIONS[action], `cxrflow schedule ${action} nightly`).action(
    async (id: string, options: DeploymentOptions) => {
      const client = await attachTemporal(configOf(options));
      try {
        await actOnSchedule(client, id, action);
        if (options.json) printJson({ id, state: DONE[action] });
        else print(`${id}  ${DONE[action]}`);
      } finally {
        await client.connection.close();
      }
    },
  );
