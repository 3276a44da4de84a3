/** Secrets of a configuration, read from the variables and files that it names. */
import { readFileSync } from 'node:fs';
import { Sensitive } from '../privacy/sensitive.js';
import type { Problem } from './problems.js';
import type { Settings } from './schema.js';

export interface Secrets {
  /** URL by the name of the connection; absent where neither its variable nor its file gives one. */
  readonly databases: Readonly<Record<string, Sensitive<string>>>;
  readonly s3AccessKey?: Sensitive<string>;
  readonly s3SecretKey?: Sensitive<string>;
  readonly temporalApiKey?: Sensitive<string>;
  /** Sensitive because web hooks carry their token in the path. */
  readonly alertUrl?: Sensitive<string>;
  /** What object stores show when they tell of a delivery. */
  readonly hookToken?: Sensitive<string>;
}

interface Ref {
  readonly from: string | undefined;
  readonly file: string | undefined;
}

/** Reads what the settings name; a variable that is not set is a secret that is not there, a file that cannot be read is a problem. */
export function readSecrets(
  settings: Settings,
  env: NodeJS.ProcessEnv,
): { secrets: Secrets; problems: Problem[] } {
  const problems: Problem[] = [];
  const read = (key: string, { from, file }: Ref): Sensitive<string> | undefined => {
    const given = from === undefined ? undefined : env[from];
    if (given) return new Sensitive(given);
    if (file === undefined) return undefined;
    try {
      return new Sensitive(readFileSync(file, 'utf8').trim());
    } catch (error) {
      problems.push({
        key: `${key}File`,
        text: `the file cannot be read (${(error as NodeJS.ErrnoException).code})`,
      });
      return undefined;
    }
  };
  const { s3 } = settings.storage;
  const { temporal, alerts, server } = settings;
  const databases: Record<string, Sensitive<string>> = {};
  for (const [name, { urlFrom, urlFile }] of Object.entries(settings.databases)) {
    const url = read(`databases.${name}.url`, { from: urlFrom, file: urlFile });
    if (url !== undefined) databases[name] = url;
  }
  const s3AccessKey = read('storage.s3.accessKey', { from: s3.accessKeyFrom, file: s3.accessKeyFile });
  const s3SecretKey = read('storage.s3.secretKey', { from: s3.secretKeyFrom, file: s3.secretKeyFile });
  const temporalApiKey = read('temporal.apiKey', { from: temporal.apiKeyFrom, file: temporal.apiKeyFile });
  const alertUrl = read('alerts.url', { from: alerts.urlFrom, file: alerts.urlFile });
  const hookToken = read('server.hookToken', { from: server.hookTokenFrom, file: server.hookTokenFile });
  const secrets: Secrets = {
    databases,
    ...(s3AccessKey && { s3AccessKey }),
    ...(s3SecretKey && { s3SecretKey }),
    ...(temporalApiKey && { temporalApiKey }),
    ...(alertUrl && { alertUrl }),
    ...(hookToken && { hookToken }),
  };
  return { secrets, problems };
}
