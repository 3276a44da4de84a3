/** Entry of the process that tries suspect films: keys first, then one film a message. */
import { fromThread, type KeyringTransfer } from '../../../privacy/keyring.js';
import type { IsolatedReply } from './isolated.js';
import type { FilmInput, FilmOutcome } from './outcome.js';
import { createFilmTask } from './task.js';

let film: ((input: FilmInput) => Promise<FilmOutcome>) | undefined;

process.on('message', async (message: KeyringTransfer | FilmInput) => {
  if (!('settings' in message)) {
    film = createFilmTask(fromThread(message));
    return;
  }
  const answer = (reply: IsolatedReply) => process.send?.(reply);
  try {
    answer({ outcome: await (film as NonNullable<typeof film>)(message) });
  } catch (error) {
    // The text of the error may quote the file; its class says enough here.
    answer({ failed: error instanceof Error ? error.name : typeof error });
  }
});
process.on('disconnect', () => process.exit(0));
