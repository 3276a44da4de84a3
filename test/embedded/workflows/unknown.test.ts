import type { ApplicationFailure } from '@temporalio/common';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Lab, lab, stubs } from './stub.js';

let here: Lab;
beforeAll(async () => {
  here = await lab();
});
afterAll(() => here.close());

it('a workflow type that does not exist fails at once instead of trying for ever', async () => {
  const failure = await here.with(stubs(0), async (id) => {
    const handle = await here.env.client.workflow.start('ingets', {
      workflowId: id,
      taskQueue: 'cxrflow',
      args: [{}],
    });
    return await handle.result().then(
      () => undefined,
      (error: Error) => error.cause as ApplicationFailure,
    );
  });
  expect(failure?.type).toBe('BAD_INPUT');
  expect(failure?.message).toContain('ingets');
});
