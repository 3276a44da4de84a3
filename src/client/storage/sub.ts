import type { Command } from 'commander';
import { type Bucket, openBucket } from '../../storage/bucket.js';
import { openStore } from '../../storage/open.js';
import type { ObjectStore } from '../../storage/port.js';
import { storeOptions } from '../../workers/deps.js';
import { configOf, type DeploymentOptions, deploymentOptions } from '../options.js';

/** Adds a command below `cxrflow storage`. */
export type Sub = (usage: string, description: string, example: string) => Command;

export function subOf(command: Command): Sub {
  return (usage, description, example) =>
    deploymentOptions(command.command(usage))
      .description(description)
      .addHelpText('after', `\nExample:\n  $ ${example}`);
}

export async function withStore<T>(
  uri: string,
  options: DeploymentOptions,
  work: (store: ObjectStore) => Promise<T>,
): Promise<T> {
  const store = openStore(uri, storeOptions(configOf(options)));
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

/** @throws CxrError NOT_SUPPORTED_HERE for file:// */
export async function withBucket<T>(
  uri: string,
  options: DeploymentOptions,
  work: (bucket: Bucket) => Promise<T>,
): Promise<T> {
  const bucket = openBucket(uri, storeOptions(configOf(options)));
  try {
    return await work(bucket);
  } finally {
    bucket.close();
  }
}

/** A key may hold newlines and terminal controls. */
export function oneLine(key: string): string {
  return key.replace(/\p{Cc}/gu, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`);
}
