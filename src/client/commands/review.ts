import { Command, InvalidArgumentError } from 'commander';
import type { Rect, ReviewDecision } from '../../catalog/database.js';
import { byIds, type ImageRow } from '../../catalog/images.js';
import * as reviews from '../../catalog/reviews.js';
import { CxrError } from '../../errors.js';
import { carryOut } from '../carry-out.js';
import { type DeploymentOptions, deploymentOptions } from '../options.js';
import { note, print, printJson, table } from '../output.js';
import { person } from '../person.js';
import { whole } from '../whole.js';
import { withCatalog } from '../with-catalog.js';

/** Decisions looked up at a time. */
const PAGE = 100;

export const command = new Command('review')
  .description('Images that the de-identifier is unsure about; they are in no dataset until a person decides')
  .addHelpText('after', '\nExample:\n  $ cxrflow review list');

deploymentOptions(command.command('list'))
  .description('what waits, and why')
  .option('--limit <n>', 'at most so many', whole, 50)
  .option('--after <image>', 'go on behind this image')
  .addHelpText('after', '\nExample:\n  $ cxrflow review list --limit 10')
  .action((options: DeploymentOptions & { limit: number; after?: string }) =>
    withCatalog(options, async ({ db }) => {
      const images = await reviews.pending(db, options);
      const next = images.length === options.limit ? (images.at(-1)?.image_id ?? null) : null;
      if (options.json) {
        printJson({ images: images.map(view), next });
        return;
      }
      if (images.length === 0) print('nothing waits for review');
      else
        print(
          table([
            ['IMAGE', 'FINDINGS', 'VIEW', 'SIZE', 'OBJECT'],
            ...images.map((image) => [
              image.image_id,
              (image.review ?? []).map(({ code }) => code).join(' '),
              image.view_position,
              `${image.columns}x${image.rows}`,
              `${image.container}/${image.key}`,
            ]),
          ]),
        );
      if (next) note(`more: --after ${next}`);
    }),
  );

deploymentOptions(command.command('show <image>'))
  .description('one image: its findings and what was decided')
  .addHelpText('after', '\nExample:\n  $ cxrflow review show I2Q…')
  .action((imageId: string, options: DeploymentOptions) =>
    withCatalog(options, async ({ db }) => {
      const [image] = await byIds(db, [imageId]);
      if (image === undefined) throw new CxrError('CATALOG_UNKNOWN', imageId);
      const decision = (await reviews.decisionOn(db, imageId)) ?? null;
      if (options.json) {
        printJson({ ...view(image), decision });
        return;
      }
      const { findings, ...facts } = view(image);
      print(table(Object.entries(facts).map(([name, value]) => [name, String(value)])));
      for (const { code, detail } of findings) print(`finding  ${code}${detail ? `: ${detail}` : ''}`);
      if (decision) print(`decided  ${decision.decision} by ${decision.by} at ${at(decision.decided_at)}`);
    }),
  );

deploymentOptions(command.command('apply'))
  .description('carry out what was decided and, since a command was stopped, not done')
  .addHelpText('after', '\nExample:\n  $ cxrflow review apply')
  .action((options: DeploymentOptions) =>
    withCatalog(options, async (catalog, config) => {
      const images: string[] = [];
      for (let left = await reviews.unapplied(catalog.db, PAGE); left.length > 0; ) {
        const ids = left.map((decision) => decision.image_id);
        await carryOut(catalog, config, ids);
        images.push(...ids);
        left = await reviews.unapplied(catalog.db, PAGE);
      }
      if (options.json) printJson({ applied: images.length, images });
      else print(`${images.length} carried out`);
    }),
  );

interface DecideOptions extends DeploymentOptions {
  readonly reason?: string;
  readonly rect?: readonly Rect[];
}

function decides(decision: ReviewDecision, description: string, example: string): Command {
  return deploymentOptions(command.command(`${decision} <images...>`))
    .description(description)
    .option('--reason <text>', 'why, kept with the decision')
    .addHelpText('after', `\nExample:\n  $ cxrflow review ${example}`)
    .action((imageIds: readonly string[], options: DecideOptions) =>
      withCatalog(options, async (catalog, config) => {
        const { reason, rect: rects } = options;
        const by = person();
        // One transaction: a wrong id among many decides nothing.
        await catalog.transaction(async (trx) => {
          for (const imageId of imageIds) await reviews.decide(trx, { imageId, decision, by, reason, rects });
        });
        await carryOut(catalog, config, imageIds);
        if (options.json) printJson({ decision, images: imageIds });
        else print(`${imageIds.length} done: ${decision}`);
      }),
    );
}

decides(
  'approve',
  'nothing in it names a patient: it may be used',
  'approve I2Q… --reason "side marker only"',
);
decides('reject', 'it may never be used; its object is deleted', 'reject I2Q…');
decides(
  'mask',
  'blacken rectangles, then it may be used',
  'mask I2Q… --rect 0,0,400,120 --rect 2000,0,500,90',
).requiredOption('--rect <x,y,width,height>', 'pixels from the top left corner; may be repeated', rect);

function rect(text: string, before: readonly Rect[] = []): readonly Rect[] {
  const [x, y, width, height] = text.split(',').map((part) => (/^\d{1,6}$/.test(part) ? Number(part) : -1));
  const legal = x !== undefined && y !== undefined && width !== undefined && height !== undefined;
  if (!legal || text.split(',').length !== 4 || Math.min(x, y, width - 1, height - 1) < 0)
    throw new InvalidArgumentError('x,y,width,height in whole pixels, width and height above 0');
  return [...before, { x, y, width, height }];
}

function view(image: ImageRow) {
  return {
    imageId: image.image_id,
    state: image.state,
    findings: image.review ?? [],
    view: image.view_position,
    modality: image.modality,
    columns: image.columns,
    rows: image.rows,
    container: image.container,
    key: image.key,
    fileId: image.file_id,
    runId: image.run_id,
    updatedAt: at(image.updated_at),
  };
}

function at(time: Date): string {
  return time.toISOString();
}
