import { descriptions } from '../../datasets/card/descriptions.js';
import type { Preflight } from '../../datasets/preflight/report.js';
import type { Json } from '../../datasets/version/canonical.js';
import { LINEAGE, lineageParquet } from '../../datasets/version/lineage.js';
import { MANIFEST, type VersionManifest, versionManifest } from '../../datasets/version/manifest.js';
import type { ProcessingIo, ProcessingResult, ProcessingRun, ShardPlan } from '../api/processing.js';
import { beating } from '../beat.js';
import type { Deps } from '../deps.js';
import { each } from '../each.js';
import { patiently } from '../patience.js';
import { Contents, type SplitContents } from '../processing/contents.js';
import { readPlan, type StoredPlan } from '../processing/plan-order.js';
import { keyOf } from '../staging.js';
import { publishVersion } from '../versions/publish.js';
import { recordPublished } from '../versions/record.js';
import { type Body, writeVersionFile } from '../versions/write.js';

/** Small files that are written at a time. */
const AT_ONCE = 8;

/** Everything beside the shards; `metadata.json` makes the version exist; then the catalog is told. */
export function publishDataset(deps: Deps): ProcessingIo['publishDataset'] {
  return ({ run, plan }) =>
    beating<ProcessingResult, undefined>((_, signal) =>
      patiently(run.retry, signal, async () => {
        const stored = await readPlan(deps.objects, run);
        const contents = new Contents(deps.objects, run, stored);
        try {
          return await publish(deps, run, plan, stored, contents, signal);
        } finally {
          await contents.close();
        }
      }),
    );
}

async function publish(
  deps: Deps,
  run: ProcessingRun,
  plan: ShardPlan,
  stored: StoredPlan,
  contents: Contents,
  signal: AbortSignal,
): Promise<ProcessingResult> {
  const store = deps.store(run.destination);
  const preflight = await preflightOf(deps, plan);
  const files = await contents.shards();
  const write = (path: string, make: () => Body, contentType: string) =>
    writeVersionFile(store, run.prefix, path, make, { contentType, signal });
  files.push(
    await write(LINEAGE, () => lineageParquet(contents.lineage()), 'application/vnd.apache.parquet'),
  );
  const splits = await contents.splits();
  const described = descriptions(describedBy(run, splits, preflight.report));
  const small = [
    ...described.map(({ text, ...file }) => ({ ...file, body: Buffer.from(text) })),
    { path: 'preflight.json', body: preflight.json, contentType: 'application/json' },
    { path: 'preflight.html', body: preflight.html, contentType: 'text/html; charset=utf-8' },
  ];
  const written = await each(small, AT_ONCE, ({ path, body, contentType }) =>
    write(path, () => body, contentType),
  );
  files.push(...written);
  const manifest = manifestOf(run, plan, stored, splits, preflight.report, files);
  const manifestHash = await publishVersion(store, run.prefix, manifest, run.runId);
  if (!run.scratch) {
    const { source, runId } = run;
    const published = { root: rootOf(run), manifest, manifestHash, source, runId };
    await recordPublished(deps, published, contents.patients());
  }
  return {
    version: run.version,
    manifest: `${rootOf(run)}/${run.version}/${MANIFEST}`,
    preflight: plan.preflight,
    splits: Object.fromEntries(
      splits.map(({ name, images, examples, classes }) => [name, { images, examples, classes }]),
    ),
  };
}

const rootOf = ({ destination, folder }: ProcessingRun): string => `${destination}/${folder.slice(0, -1)}`;

async function preflightOf({ objects }: Deps, { preflight }: ShardPlan) {
  const key = keyOf(objects, preflight);
  const json = await objects.read(key);
  const html = await objects.read(key.replace(/json$/, 'html'));
  return { json, html, report: JSON.parse(json.toString('utf8')) as Preflight };
}

function describedBy(run: ProcessingRun, splits: readonly SplitContents[], preflight: Preflight) {
  const { classes, output, features, resize, colour } = run.pipeline;
  const channels = colour.enabled ? (colour.to === 'rgb' ? 3 : 1) : undefined;
  const shape = resize.enabled && channels ? ([resize.height, resize.width, channels] as const) : undefined;
  return {
    dataset: run.dataset,
    version: run.version,
    classes,
    shape,
    formats: output.formats,
    flat: run.pipeline.flatten.enabled,
    picture: output.picture === 'png',
    histogram: features.enabled ? features.bins : undefined,
    splits,
    preflight,
    publication: run.publication,
    codeVersion: run.codeVersion,
    seed: run.seed,
  };
}

function manifestOf(
  run: ProcessingRun,
  plan: ShardPlan,
  stored: StoredPlan,
  contents: readonly SplitContents[],
  preflight: Preflight,
  files: VersionManifest['files'],
): VersionManifest {
  const splits = Object.fromEntries(contents.map(({ name, shards: _, ...facts }) => [name, facts]));
  const { warnings, duplicates, alike } = preflight;
  return versionManifest({
    dataset: run.dataset,
    version: run.version,
    kind: run.type,
    parents: [],
    parameters: parametersOf(run),
    seed: run.seed,
    codeVersion: run.codeVersion,
    inputs: stored.inputs,
    counts: plan.counts,
    quarantined: preflight.quarantined,
    classes: Object.keys(run.pipeline.classes),
    labels: run.pipeline.classes,
    mean: splits.train?.mean ?? null,
    std: splits.train?.std ?? null,
    splits,
    files,
    details: { warnings, duplicates, alike } as unknown as Json,
  });
}

/** What decides the bytes beside inputs, seed and code; where things lie is no part of it. */
function parametersOf({ pipeline, leakage, ids, query, shares, publication }: ProcessingRun): Json {
  const catalog = query === undefined ? {} : { query, shares };
  return { steps: pipeline, leakage, ids, publication, ...catalog } as unknown as Json;
}
