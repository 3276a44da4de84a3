import type { RunResult } from '../runs.js';

/** The numbers of a finished `chestXrayProcessing`, in words. */
export function processed(result: RunResult): string {
  const { found, done, skipped, ignored, quarantined, seconds, version, manifest, preflight } = result;
  const splits = result.splits as Readonly<Record<string, { images: number; examples: number }>>;
  const each = Object.entries(splits).map(([name, { images, examples }]) =>
    images === examples ? `${name} ${images}` : `${name} ${images} (${examples} with copies)`,
  );
  return [
    `  found        ${found}`,
    `  done         ${done}   ${each.join(', ')}`,
    `  skipped      ${skipped}   dropped: the same image or patient is in another split`,
    `  ignored      ${ignored}   no images`,
    `  quarantined  ${quarantined}${quarantined > 0 ? '   see `cxrflow quarantine list`' : ''}`,
    `  version      ${version}   ${manifest}`,
    `  pre-flight   ${preflight}`,
    `  seconds      ${seconds}`,
  ].join('\n');
}

/** The numbers of a finished `detectionDataset`, in words. */
export function split(result: RunResult): string {
  const { found, done, skipped, ignored, quarantined, seconds, version, dataYaml } = result;
  const splits = result.splits as Readonly<Record<string, number>>;
  const each = Object.entries(splits).map(([name, images]) => `${name} ${images}`);
  return [
    `  found        ${found}`,
    `  done         ${done}   ${each.join(', ')}`,
    `  skipped      ${skipped}   no rows of the readers asked for`,
    `  ignored      ${ignored}   no images`,
    `  quarantined  ${quarantined}${quarantined > 0 ? '   see `cxrflow quarantine list`' : ''}`,
    `  version      ${version}   ${dataYaml}`,
    `  seconds      ${seconds}`,
  ].join('\n');
}
