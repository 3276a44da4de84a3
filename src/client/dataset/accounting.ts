import type { RunResult } from '../runs.js';

/** The numbers of a finished `chestXrayProcessing`, in words. */
export function processed(result: RunResult): string {
  const { done, skipped, ignored, seconds, preflight } = result;
  const splits = result.splits as Readonly<Record<string, { images: number; examples: number }>>;
  const each = Object.entries(splits).map(([name, { images, examples }]) =>
    images === examples ? `${name} ${images}` : `${name} ${images} (${examples} with copies)`,
  );
  return [
    `  found        ${result.found}`,
    `  done         ${done}   ${each.join(', ')}`,
    `  skipped      ${skipped}   dropped: the same image or patient is in another split`,
    `  ignored      ${ignored}   no images`,
    ...quarantined(result),
    ...published(result),
    `  pre-flight   ${String(preflight).replace(/json$/, 'html')}`,
    `  seconds      ${seconds}`,
  ].join('\n');
}

/** The numbers of a finished `detectionDataset`, in words. */
export function split(result: RunResult): string {
  const splits = Object.entries(result.splits as Readonly<Record<string, number>>);
  const { readers, n } = result.agreement as { readonly readers: number; readonly n: number };
  return [
    `  found        ${result.found}   images and other files`,
    `  done         ${result.done}   ${splits.map(([name, images]) => `${name} ${images}`).join(', ')}`,
    `  skipped      ${result.skipped}   images without rows of the readers asked for`,
    `  ignored      ${result.ignored}   no pictures`,
    ...quarantined(result),
    `  readers      ${readers}   ${n} images for their agreement`,
    ...published(result),
    `  data.yaml    ${result.dataYaml}`,
    `  seconds      ${result.seconds}`,
  ].join('\n');
}

function quarantined({ quarantined: n }: RunResult): readonly string[] {
  return [`  quarantined  ${n}${n > 0 ? '   see `cxrflow quarantine list`' : ''}`];
}

function published({ version, manifest }: RunResult): readonly string[] {
  return [
    `  version      ${version}   ${manifest}`,
    `  card         ${String(manifest).replace(/metadata\.json$/, 'README.md')}`,
  ];
}
