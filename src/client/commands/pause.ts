import { steerCommand } from '../steer-command.js';

export const command = steerCommand(
  'pause',
  'Let a run start nothing new; what is under way ends',
  'cxrflow pause ingest-20260101-200000-a1b2c3 --reason "PACS maintenance"',
  async (run, { reason }) => {
    await run.executeUpdate('pause', { args: [{ ...(reason && { reason }) }] });
    return `paused; \`cxrflow resume ${run.workflowId}\` goes on`;
  },
).option('--reason <text>', 'shown wherever the run is shown');
