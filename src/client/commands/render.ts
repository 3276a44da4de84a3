import { Command } from 'commander';
import { bytePath } from '../input-files.js';
import { EXIT, note, print, printJson } from '../output.js';
import { progress } from '../progress.js';
import { type RenderItem, renderFiles } from '../render-files.js';
import { parseRenderFlags, type RenderFlags } from '../render-flags.js';

const STATUSES = ['done', 'skipped', 'ignored', 'quarantined'] as const;

export const command = new Command('render')
  .description('Render DICOM files to PNG or JPEG. Needs no server.')
  .argument('<in...>', 'files and folders; DICOM is recognised by content')
  .requiredOption('--out <dir>', 'output folder; the tree below each IN is kept')
  .option('--format <format>', 'png or jpeg', 'png')
  .option('--bits <bits>', '8: as shown on a display; 16: integer modality values from 0 (PNG)', '8')
  .option('--size <WxH>', 'resample to exactly this size')
  .option('--window <window>', 'auto, percentile, CENTER,WIDTH or the name of a view of the file', 'auto')
  .option('--stretch', 'with --bits 16: spread the window over all 16 bits')
  .option('--threads <n>', '0: one a processor', '0')
  .option('--json', 'print one JSON object with an item a file')
  .addHelpText(
    'after',
    `
Examples:
  cxrflow render study/ --out pictures
  cxrflow render film.dcm --out pictures --format jpeg --size 224x224
  cxrflow render study/ --out values --bits 16 --json > values.json`,
  )
  .action(async (inputs: readonly string[], flags: RenderFlags) => {
    const settings = parseRenderFlags(flags);
    const started = performance.now();
    const stop = new AbortController();
    const interrupt = () => stop.abort();
    process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
    const bar = progress('render');
    let finished = 0;
    const onItem = (item: RenderItem, total: number) => {
      finished++;
      bar.update(finished, total);
      if (item.status === 'quarantined') note(`${item.source}: ${item.code}: ${item.reason}`);
    };
    try {
      const items = await renderFiles({
        ...settings,
        inputs: inputs.map(bytePath),
        out: bytePath(flags.out),
        signal: stop.signal,
        onItem,
      });
      bar.finish();
      report(items, (performance.now() - started) / 1000, flags.json === true);
    } catch (error) {
      if (!stop.signal.aborted) throw error;
      note('stopped; finished pictures stay');
      process.exitCode = EXIT.failed;
    } finally {
      process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
    }
  });

function report(items: readonly RenderItem[], seconds: number, json: boolean): void {
  const count = (status: RenderItem['status']) => items.filter((item) => item.status === status).length;
  const counts = Object.fromEntries(STATUSES.map((status) => [status, count(status)]));
  const rounded = Math.round(seconds * 1000) / 1000;
  if (json) printJson({ found: items.length, ...counts, seconds: rounded, items });
  else {
    const summary = STATUSES.map((status) => `${status} ${count(status)}`).join('  ');
    print(`found ${items.length}  ${summary}  in ${rounded} s`);
  }
  process.exitCode = count('quarantined') > 0 ? EXIT.quarantined : EXIT.done;
}
