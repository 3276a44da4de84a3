#!/usr/bin/env node
import { readdirSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { CxrError } from '../errors.js';
import { codeVersion } from '../workers/version.js';
import { EXIT, note, printJson } from './output.js';

/** A file of `commands/` exports `command`, a commander Command; it sets `process.exitCode` from `EXIT`. */
interface CommandModule {
  readonly command: Command;
}

const program = new Command('cxrflow')
  .description('Durable chest X-ray pipelines: DICOM in, de-identified images and datasets out.')
  .version(codeVersion(), '--version')
  .addHelpText('after', '\nExample:\n  $ cxrflow demo')
  .showHelpAfterError('(add --help for the options and an example)')
  // `--version` behind a command is that command's own.
  .enablePositionalOptions()
  .exitOverride();

const folder = new URL('./commands/', import.meta.url);
const asked = process.argv[2];
const names = readdirSync(folder)
  .filter((file) => file.endsWith('.js'))
  .map((file) => file.slice(0, -3))
  .sort();
// One command is loaded when one is asked for: `render` must not wait for the Temporal SDK to load.
for (const name of asked !== undefined && names.includes(asked) ? [asked] : names) {
  const { command } = (await import(new URL(`${name}.js`, folder).href)) as CommandModule;
  program.addCommand(inherit(command, program));
}

// Who reads may stop early: `cxrflow storage ls … | head`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(process.exitCode ?? EXIT.done);
});

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = report(error);
}

/** Also for its own commands: without it they end the process themselves, with another exit code. */
function inherit(command: Command, parent: Command): Command {
  command.copyInheritedSettings(parent);
  for (const sub of command.commands) inherit(sub, command);
  return command;
}

function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
  const json = process.argv.includes('--json');
  if (!(error instanceof CxrError)) {
    note(error instanceof Error ? (error.stack ?? error.message) : String(error));
    if (json) printJson({ error: { code: 'UNEXPECTED', message: 'see stderr' } });
    return EXIT.failed;
  }
  if (json) printJson({ error: { code: error.code, message: error.message, hint: error.hint } });
  note(`${error.code}: ${error.message}`);
  note(`  ${error.hint}`);
  return error.kind === 'input' ? EXIT.usage : EXIT.failed;
}
