import { steerCommand } from '../steer-command.js';

export const command = steerCommand(
  'cancel',
  'End a run: what is stored stays, what is under way finishes or vanishes',
  'cxrflow cancel ingest-20260101-200000-a1b2c3',
  async (run) => {
    const { status } = await run.describe();
    if (status.name !== 'RUNNING') return `it has ended already: ${status.name.toLowerCase()}`;
    await run.cancel();
    return 'cancelling; `cxrflow status` shows when it has ended';
  },
);
