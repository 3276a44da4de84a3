import { Command, Option } from 'commander';
import { checkModel, registerModel } from '../../activities/models/register.js';
import * as models from '../../catalog/models.js';
import type { Config } from '../../config/load.js';
import { CxrError } from '../../errors.js';
import { modelReference, referenceText } from '../../models/registry/reference.js';
import { openStore, parseUri } from '../../storage/open.js';
import { makeDefaultStorage, storeOptions } from '../../workers/deps.js';
import { codeVersion } from '../../workers/version.js';
import { approvalCommands } from '../approve.js';
import { type DeclaredFlags, declaredOf, fileOf, jsonFile } from '../model-flags.js';
import { configOf, type DeploymentOptions, deploymentOptions } from '../options.js';
import { note, print, printJson, table } from '../output.js';
import { person } from '../person.js';
import { withCatalog } from '../with-catalog.js';

export const command = new Command('model')
  .description('The registry of models: versions that never change, one of each name in production')
  .addHelpText('after', '\nExample:\n  $ cxrflow model list');

function sub(usage: string, description: string, example: string): Command {
  return deploymentOptions(command.command(usage))
    .description(description)
    .addHelpText('after', `\nExample:\n  $ cxrflow model ${example}`);
}

sub('list', 'versions, the latest of each name first', 'list --name nodules')
  .option('--name <name>', 'of this model only')
  .option('--stage <stage>', 'candidate, production or archived')
  .action((options: DeploymentOptions & { name?: string; stage?: string }) =>
    withCatalog(options, async ({ db }) => {
      const all = await models.listModels(db, options.name);
      const rows = all.filter(({ stage }) => options.stage === undefined || stage === options.stage);
      if (options.json) {
        printJson({ models: rows.map(brief) });
        return;
      }
      if (rows.length === 0) print('no models');
      else
        print(
          table([
            ['MODEL', 'STAGE', 'TASK', 'CLASSES', 'REGISTERED', 'BY', 'DATASET'],
            ...rows.map((row) => {
              const { task, classes = [] } = row.declaration as { task: string; classes?: readonly string[] };
              return [
                referenceText(row.name, row.version),
                row.stage,
                task,
                String(classes.length),
                row.created_at.toISOString().slice(0, 16),
                runless(row.registered_by),
                row.dataset ?? '-',
              ];
            }),
          ]),
        );
    }),
  );

sub(
  'show <model>',
  'one version (of a name alone: the one in production, else the latest): what it is, its card, metrics, moves',
  'show nodules@v3 --json',
).action((text: string, options: DeploymentOptions) =>
  withCatalog(options, async ({ db }) => {
    const { name, version } = modelReference(text);
    const all = await models.listModels(db, name);
    const row =
      version === undefined
        ? (all.find(({ stage }) => stage === 'production') ?? all[0])
        : all.find((v) => v.version === version);
    if (row === undefined) throw new CxrError('MODEL_UNKNOWN', text);
    const moves = (await models.movesOf(db, name)).map((move) => ({
      action: move.action,
      from: label(name, move.from_version),
      to: label(name, move.to_version),
      who: move.who,
      reason: move.reason,
      runId: move.run_id,
      at: move.at.toISOString(),
    }));
    if (options.json) {
      printJson({ ...brief(row), declaration: row.declaration, metrics: row.metrics, card: row.card, moves });
      return;
    }
    const facts = Object.entries(brief(row)).filter(([, value]) => value !== null);
    print(table(facts.map(([key, value]) => [key, String(value)])));
    print(`declaration  ${JSON.stringify(row.declaration)}`);
    print(`metrics  ${JSON.stringify(row.metrics)}`);
    for (const move of moves)
      print(
        `${move.at}  ${move.action}  ${move.from ?? 'none'} -> ${move.to}  ${runless(move.who)}: ${move.reason}`,
      );
    if (row.card !== '') print(`\n${row.card.trimEnd()}`);
  }),
);

interface RegisterOptions extends DeploymentOptions, DeclaredFlags {
  readonly name: string;
  readonly card?: string;
  readonly metrics?: string;
  readonly dataset?: string;
  readonly parent?: string;
}

sub(
  'register <file>',
  'check an ONNX file (a path or a URI) and keep it as a candidate; the same again changes nothing',
  'register best.onnx --name nodules --card card.md --dataset v1.0',
)
  .requiredOption('--name <name>', 'name of the model, which its versions share')
  .option('--card <file>', 'model card, Markdown')
  .option('--metrics <file>', 'metrics of the training, JSON')
  .option('--dataset <version>', 'dataset version that it was trained on')
  .option('--parent <model>', 'version that it was trained further from')
  .addOption(
    new Option('--task <task>', 'where the file does not say').choices(['detect', 'classify', 'multilabel']),
  )
  .option('--classes <names>', 'in order of their index, with commas, where the file does not say')
  .option('--size <WxH>', 'of the input, where the file leaves it free')
  .option('--declare <file>', 'JSON of all that can be declared (docs/models.md)')
  .action(async (file: string, options: RegisterOptions) => {
    const { name, dataset, parent } = options;
    const declared = declaredOf(options);
    const card = options.card === undefined ? '' : fileOf(options.card, 'the card').toString('utf8');
    const metrics = options.metrics === undefined ? {} : jsonFile(options.metrics);
    const config = configOf(options);
    const bytes = await fileBytes(file, config);
    // What is wrong with the model is said before a database is asked for.
    const model = { name, bytes, declared, card, metrics, dataset, parent };
    const checked = await checkModel(model);
    await withCatalog(options, async (catalog) => {
      makeDefaultStorage(config);
      const objects = openStore(config.storage.root, storeOptions(config));
      try {
        const by = { who: person(), codeVersion: codeVersion() };
        const registered = await registerModel({ catalog, objects }, { ...model, ...by }, checked);
        if (options.json) {
          printJson(registered);
          return;
        }
        print(registered.model);
        note(
          registered.added
            ? `a candidate; promote it: cxrflow model promote ${registered.model} --reason WHY`
            : 'was there',
        );
      } finally {
        await objects.close();
      }
    });
  });

sub(
  'promote <model>',
  'put a version into production; the one before is archived',
  'promote nodules@v3 --reason "mAP50 0.61 on canary, v2 had 0.55"',
)
  .requiredOption('--reason <text>', 'why, kept with the move')
  .option('--expected <version>', 'refuse unless this version, or none, is in production now')
  .action((text: string, options: DeploymentOptions & { reason: string; expected?: string }) =>
    withCatalog(options, async (catalog) => {
      const { name, version } = modelReference(text);
      if (version === undefined) throw new CxrError('BAD_INPUT', 'name the version too: NAME@v3');
      const by = { who: person(), reason: options.reason };
      const expected = expectedOf(options.expected);
      told(await catalog.transaction((trx) => models.promote(trx, name, version, by, expected)), options);
    }),
  );

sub(
  'rollback <name>',
  'put back the version that was in production before',
  'rollback nodules --reason "misses effusions on AP films"',
)
  .requiredOption('--reason <text>', 'why, kept with the move')
  .action(async (text: string, options: DeploymentOptions & { reason: string }) => {
    const { name, version } = modelReference(text);
    if (version !== undefined)
      throw new CxrError('BAD_INPUT', 'rollback takes a name; `model promote` goes to a version');
    const by = { who: person(), reason: options.reason };
    await withCatalog(options, async (catalog) =>
      told(await catalog.transaction((trx) => models.rollback(trx, name, by)), options),
    );
  });

for (const answer of approvalCommands()) command.addCommand(answer);

/** A path, or the URI of an object in a store. */
async function fileBytes(file: string, config: Config): Promise<Uint8Array> {
  if (!/^[a-z0-9]+:\/\//i.test(file)) {
    return fileOf(file, 'the model file');
  }
  const { root, key } = parseUri(file);
  const store = openStore(root, storeOptions(config));
  try {
    return await store.read(key);
  } finally {
    await store.close();
  }
}

function expectedOf(text: string | undefined): number | null | undefined {
  if (text === undefined) return undefined;
  if (text === 'none') return null;
  const [, version] = /^v([1-9]\d{0,8})$/.exec(text) ?? [];
  if (version === undefined) throw new CxrError('BAD_INPUT', '--expected is v3, or none');
  return Number(version);
}

function told({ name, from, to, moved }: models.Moved, { json }: DeploymentOptions): void {
  const view = { name, from: label(name, from), to: label(name, to), moved };
  if (json) printJson(view);
  else print(moved ? `${view.from ?? 'none'} -> ${view.to}` : `${view.to} is in production already`);
}

/** A person, or the workflow that did it; which try of it is in `--json`. */
function runless(who: string): string {
  return who.replace(/\/[0-9a-f-]{36}$/, '');
}

function label(name: string, version: number | null): string | null {
  return version === null ? null : referenceText(name, version);
}

function brief(row: models.ModelVersionRow) {
  return {
    model: referenceText(row.name, row.version),
    name: row.name,
    version: row.version,
    stage: row.stage,
    task: row.declaration.task,
    uri: row.uri,
    sha256: row.sha256,
    bytes: row.bytes,
    dataset: row.dataset,
    parent: row.parent,
    codeVersion: row.code_version,
    registeredBy: row.registered_by,
    runId: row.run_id,
    registeredAt: row.created_at.toISOString(),
  };
}
