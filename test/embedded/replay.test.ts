import { readdirSync, readFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { bundleWorkflowCode, DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { beforeAll, describe, expect, it } from 'vitest';
import { writePacsSample } from '../../src/samples/pacs/sample.js';
import { writeDetectionSamples } from '../../src/samples/write-detection-samples.js';
import { writeSamples } from '../../src/samples/write-samples.js';
import * as workflows from '../../src/workflows/index.js';
import { temporaryFolder } from '../support/servers/process.js';

/** Recorded by scripts/record-histories.mjs, a folder a version. */
const HISTORIES = fileURLToPath(new URL('../histories/', import.meta.url));
const files = readdirSync(HISTORIES, { recursive: true, encoding: 'utf8' }).filter((f) => f.endsWith('.gz'));
const textOf = (file: string) => gunzipSync(readFileSync(join(HISTORIES, file))).toString('utf8');

interface Recorded {
  readonly workflowId: string;
  readonly history: {
    readonly events: readonly {
      readonly eventType: string;
      readonly workflowExecutionStartedEventAttributes?: { readonly workflowType: { readonly name: string } };
    }[];
  };
}
const recorded = (file: string): Recorded => JSON.parse(textOf(file)) as Recorded;

describe('histories of earlier runs', () => {
  beforeAll(() => Runtime.install({ logger: new DefaultLogger('ERROR') }));

  it('are there of every workflow type, and of a run that continued as new', () => {
    const all = files.map(recorded);
    const types = all.map(
      ({ history }) => history.events[0]?.workflowExecutionStartedEventAttributes?.workflowType.name,
    );
    const known = Object.keys(workflows).filter((name) => name !== 'default');
    expect(new Set(types)).toEqual(new Set(known));
    const ends = new Set(all.map(({ history }) => history.events.at(-1)?.eventType));
    for (const end of ['COMPLETED', 'CANCELED', 'CONTINUED_AS_NEW'])
      expect(ends).toContain(`EVENT_TYPE_WORKFLOW_EXECUTION_${end}`);
  });

  it('replay against the workflows as they are now', async () => {
    const workflowBundle = await bundleWorkflowCode({
      workflowsPath: fileURLToPath(new URL('../../src/workflows/index.ts', import.meta.url)),
      logger: new DefaultLogger('ERROR'),
    });
    const failed: string[] = [];
    let replayed = 0;
    const histories = files.map(recorded) as Parameters<typeof Worker.runReplayHistories>[1];
    for await (const { workflowId, error } of Worker.runReplayHistories({ workflowBundle }, histories)) {
      replayed += 1;
      if (error) failed.push(`${workflowId}: ${error.message}`);
    }
    expect(failed).toEqual([]);
    expect(replayed).toBe(files.length);
  });

  it('name nobody, and are small', async () => {
    const texts = files.map((file) => {
      const text = textOf(file);
      // Payloads travel as base64.
      const payloads = [...text.matchAll(/"data":"([^"]+)"/g)].map(([, data]) =>
        Buffer.from(data ?? '', 'base64').toString('utf8'),
      );
      return [text, ...payloads].join('\n');
    });
    const all = texts.join('\n');
    expect(all).toContain('"staging"');
    const size = { rows: 16, columns: 16 };
    const folder = () => temporaryFolder('identifiers');
    const samples = await Promise.all(
      [101, 102, 103, 104].map((seed) =>
        writeSamples(folder(), { studies: seed === 102 ? 30 : 6, seed, size }),
      ),
    );
    const boxes = await writeDetectionSamples(folder(), { images: 60, readers: 1, seed: 105, size });
    const pacs = await writePacsSample(folder(), { studies: 6, seed: 106, size });
    const identifiers = [...samples, boxes, pacs].flatMap((sample) => sample.identifiers);
    const dates = [...samples, pacs].flatMap((sample) => sample.birthDates);
    expect([...identifiers, ...dates].filter((id) => all.includes(id))).toEqual([]);
    expect(all).not.toContain(tmpdir());
    const bytes = files.reduce((sum, file) => sum + statSync(join(HISTORIES, file)).size, 0);
    expect(bytes).toBeLessThan(500_000);
  });
});
