import { readFileSync } from 'node:fs';

/** Version of the program; with `CXRFLOW_COMMIT` (set when an image is built) its commit too: `0.1.0+3f2a91c`. */
export function codeVersion(env: NodeJS.ProcessEnv = process.env): string {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  return env.CXRFLOW_COMMIT ? `${version}+${env.CXRFLOW_COMMIT.slice(0, 12)}` : version;
}
