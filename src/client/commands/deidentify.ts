import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { readDeviceRules } from '../../dicom/burnin/rules.js';
import type { DeidReport } from '../../dicom/deidentify/report.js';
import { reportHtml } from '../../dicom/deidentify/report-html.js';
import { CxrError } from '../../errors.js';
import { loadKeyring } from '../../privacy/keyring.js';
import { type DeidItem, deidentifyFiles } from '../deidentify-files.js';
import { bytePath } from '../input-files.js';
import { EXIT, note, print, printJson } from '../output.js';
import { openProfile } from '../profile-file.js';
import { progress } from '../progress.js';

interface Flags {
  readonly out: string;
  readonly profile: string;
  readonly source: string;
  readonly keepTree?: boolean;
  readonly deviceRules?: string;
  readonly threads: string;
  readonly json?: boolean;
}

export const command = new Command('deidentify')
  .description('Remove the patient from DICOM files. Needs no server; needs the key (`cxrflow keys create`).')
  .argument('<in...>', 'files and folders; DICOM is recognised by content')
  .requiredOption('--out <dir>', 'output folder: <patient>/<study>/<instance>.dcm, all pseudonyms')
  .option('--profile <name|file>', 'basic, research, or a YAML file', 'research')
  .option('--source <name>', 'whose patient ids these are, where a file names no issuer', 'local')
  .option('--keep-tree', 'keep the folders and names below each IN; they may name patients')
  .option(
    '--device-rules <file>',
    'where your devices write text into pictures (default: config/burnin-rules.yaml)',
  )
  .option('--threads <n>', '0: one a processor', '0')
  .option('--json', 'print one JSON object with an item a file')
  .addHelpText(
    'after',
    `
Images that a person must look at (burned-in text) go to DIR/review/. The report for the privacy officer is
DIR/deid-report.html.

Examples:
  cxrflow deidentify study/ --out clean
  cxrflow deidentify study/ --out clean --profile hospital.yaml --json > clean.json`,
  )
  .action(async (inputs: readonly string[], flags: Flags) => {
    if (!/^\d{1,4}$/.test(flags.threads)) throw new CxrError('BAD_INPUT', '--threads must be a whole number');
    const profile = openProfile(flags.profile);
    const deviceRules = flags.deviceRules === undefined ? undefined : readDeviceRules(flags.deviceRules);
    const keyring = loadKeyring(process.env, { mayCreate: false });
    const started = performance.now();
    const stop = new AbortController();
    const interrupt = () => stop.abort();
    process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
    const bar = progress('deidentify');
    let finished = 0;
    try {
      const { items, report } = await deidentifyFiles({
        inputs: inputs.map(bytePath),
        out: bytePath(flags.out),
        profile,
        keyring,
        sourceName: flags.source,
        keepTree: flags.keepTree === true,
        deviceRules,
        threads: Number(flags.threads),
        signal: stop.signal,
        onItem: (_item, total) => bar.update(++finished, total),
      });
      bar.finish();
      writeReport(flags.out, report);
      conclude(items, report, (performance.now() - started) / 1000, flags);
    } catch (error) {
      if (!stop.signal.aborted) throw error;
      note('stopped; finished files stay, there is no report');
      process.exitCode = EXIT.failed;
    } finally {
      process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
    }
  });

function writeReport(out: string, report: DeidReport): void {
  try {
    const title = `cxrflow deidentify, ${new Date().toISOString().slice(0, 16).replace('T', ' ')} UTC`;
    writeFileSync(join(out, 'deid-report.json'), `${JSON.stringify(report, null, 2)}\n`);
    writeFileSync(join(out, 'deid-report.html'), reportHtml(report, title));
  } catch (error) {
    throw new CxrError('OUTPUT_UNWRITABLE', (error as NodeJS.ErrnoException).code, { cause: error });
  }
}

function conclude(items: readonly DeidItem[], report: DeidReport, seconds: number, flags: Flags): void {
  const { counts, review } = report;
  for (const { source, status, code, reason } of items)
    if (status === 'quarantined') note(`${source}: ${code}: ${reason}`);
  const rounded = Math.round(seconds * 1000) / 1000;
  if (flags.json) printJson({ ...counts, review, seconds: rounded, items });
  else {
    const { found, done, skipped, ignored, quarantined } = counts;
    print(
      `found ${found}  done ${done}  skipped ${skipped}  ignored ${ignored}  quarantined ${quarantined}  in ${rounded} s`,
    );
    if (review > 0) print(`${review} of them wait for a person to look: ${join(flags.out, 'review')}`);
    print(`report: ${join(flags.out, 'deid-report.html')}`);
  }
  process.exitCode = counts.quarantined > 0 ? EXIT.quarantined : EXIT.done;
}
