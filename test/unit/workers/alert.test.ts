import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { afterEach, expect, test } from 'vitest';
import { loadConfig } from '../../../src/config/load.js';
import { type Alert, sendAlert } from '../../../src/workers/alert.js';

const log = pino({ level: 'silent' });
const alert: Alert = { kind: 'paused', workflowId: 'nightly', code: 'DISK_FULL', message: 'm', hint: 'h' };
const stops: (() => void)[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

/** A receiver that answers by `status`; undefined never answers. */
async function receiver(status: (nth: number) => number | undefined) {
  const bodies: string[] = [];
  const server = createServer(async (request: IncomingMessage, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    bodies.push(body);
    const code = status(bodies.length);
    if (code !== undefined) response.writeHead(code).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  stops.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook/token-51`;
  const { alerts, secrets } = loadConfig({ env: { CXRFLOW_ALERT_URL: url } });
  return { bodies, config: { secrets, alerts: { ...alerts, timeout: 200 } } };
}

test('arrives as JSON', async () => {
  const { bodies, config } = await receiver(() => 200);
  expect(await sendAlert(config, alert, log)).toBe(true);
  expect(bodies.map((body) => JSON.parse(body))).toEqual([alert]);
});

test('is tried again, and gives up after the configured tries without failing', async () => {
  const recovering = await receiver((nth) => (nth === 1 ? 500 : 204));
  expect(await sendAlert(recovering.config, alert, log)).toBe(true);
  const broken = await receiver(() => 500);
  expect(await sendAlert(broken.config, alert, log)).toBe(false);
  expect(broken.bodies).toHaveLength(broken.config.alerts.tries);
});

test('a receiver that never answers costs the time limit', async () => {
  const { config } = await receiver(() => undefined);
  expect(await sendAlert({ ...config, alerts: { ...config.alerts, tries: 1 } }, alert, log)).toBe(false);
});

test('without a URL nothing happens', async () => {
  expect(await sendAlert(loadConfig({ env: {} }), alert, log)).toBe(false);
});
