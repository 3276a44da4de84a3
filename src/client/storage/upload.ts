import { resolve } from 'node:path';
import { Option } from 'commander';
import { openBucket } from '../../storage/bucket.js';
import { fileUri, openStore } from '../../storage/open.js';
import { storeOptions } from '../../workers/deps.js';
import { configOf, type DeploymentOptions } from '../options.js';
import { EXIT, note, print, printJson } from '../output.js';
import { byteUnit, progress } from '../progress.js';
import { measureFolder, type UploadJob, type UploadOutcome, uploadFolder } from '../upload.js';
import { whole } from '../whole.js';
import { oneLine, type Sub, withStore } from './sub.js';

interface UploadOptions extends DeploymentOptions {
  readonly ext: readonly string[];
  readonly parallel: number;
  readonly identified?: true;
  readonly dryRun?: true;
}

const MOST_PARALLEL = 64;
/** Files that a result in JSON names; all are counted. */
const NAMED = 10_000;

export function uploadCommand(sub: Sub): void {
  sub(
    'upload <folder> <uri>',
    'copy a folder; what is there with the same checksum is left, so a second run goes on',
    'cxrflow storage upload ./images s3://cxr/incoming --ext .png --ext .jpg',
  )
    .addOption(
      new Option('--ext <ending>', 'only names that end so; may be given again')
        .default([], 'all')
        .argParser((text, all: string[]) => [...all, text]),
    )
    .addOption(
      new Option('--parallel <n>', 'files at a time')
        .default(8)
        .argParser((text) => Math.min(MOST_PARALLEL, whole(text))),
    )
    .option('--identified', 'also DICOM whose Patient Identity Removed is not YES')
    .option('--dry-run', 'look and compare, say what would be sent, send nothing')
    .action(upload);
}

async function upload(folder: string, uri: string, options: UploadOptions): Promise<void> {
  const { ext: extensions, parallel: atOnce, json } = options;
  const dryRun = options.dryRun === true;
  const from = openStore(fileUri(resolve(folder)));
  await withStore(uri, options, async (to) => {
    const bucket = to.scheme === 'file' ? undefined : openBucket(uri, storeOptions(configOf(options)));
    try {
      await to.check();
      const all = await measureFolder({ from, extensions });
      const bar = progress('upload', process.stderr, byteUnit);
      const files: { key: string; outcome: UploadOutcome; size: number }[] = [];
      const job: UploadJob = {
        ...{ from, to, bucket, extensions, atOnce, dryRun },
        identified: options.identified === true,
        report: ({ handled, found }) => bar.update(handled, all.bytes, `${found}/${all.files} files`),
        onFile: (key, outcome, size) => {
          if (json && files.length < NAMED) files.push({ key, outcome, size });
          else if (!json && (dryRun || outcome === 'failed' || outcome === 'refused'))
            print(
              `${(dryRun && outcome === 'uploaded' ? 'upload' : outcome).padEnd(9)}  ${String(size).padStart(12)}  ${oneLine(key)}`,
            );
        },
      };
      const counts = await uploadFolder(job);
      const { found, uploaded, unchanged, refused, failed, bytes } = counts;
      bar.finish(
        `${found} files: ${dryRun ? 'would upload' : 'uploaded'} ${uploaded} (${byteUnit(bytes)}), ${unchanged} unchanged, ${refused} refused, ${failed} failed`,
      );
      if (json) printJson({ root: to.root, dryRun, ...counts, files });
      remark(refused, failed);
    } finally {
      bucket?.close();
    }
  });
}

function remark(refused: number, failed: number): void {
  if (refused > 0) {
    note('Refused: DICOM that does not say that the patient was removed from it.');
    note('  cxrflow deidentify makes copies that do; --identified takes them as they are.');
    process.exitCode = EXIT.quarantined;
  }
  if (failed === 0) return;
  note('Failed: could not be read, changed while they were read, or have a name the store cannot hold.');
  process.exitCode = EXIT.failed;
}
