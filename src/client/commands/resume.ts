import type { Pause } from '../../workflows/control.js';
import { steerCommand } from '../steer-command.js';

export const command = steerCommand(
  'resume',
  'Let a paused run go on; a spent failure budget is renewed',
  'cxrflow resume ingest-20260101-200000-a1b2c3',
  async (run) => {
    const { was } = await run.executeUpdate<{ was?: Pause }, []>('resume');
    return was ? `goes on; it was paused since ${was.since}: ${was.message}` : 'it was not paused';
  },
);
