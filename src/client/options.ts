import { type Command, Option } from 'commander';
import { type Config, loadConfig } from '../config/load.js';

/** What commands that work with a deployment share. */
export interface DeploymentOptions {
  readonly config?: string;
  readonly data?: string;
  readonly json?: true;
}

/** Adds `--config`, `--data` and `--json`. */
export function deploymentOptions(command: Command): Command {
  return command
    .addOption(new Option('--config <file>', 'configuration file (default: CXRFLOW_CONFIG)'))
    .addOption(new Option('--data <dir>', 'data folder (default: CXRFLOW_DATA, else ./data)'))
    .option('--json', 'print one JSON object');
}

/** @throws CxrError BAD_CONFIG, CREDENTIALS_IN_URL */
export function configOf(options: DeploymentOptions): Config {
  return loadConfig({ file: options.config, data: options.data });
}
