import { Connection } from '@temporalio/client';
import pg from 'pg';
import { expect, it } from 'vitest';
import { startPostgres } from '../support/servers/postgres.js';
import { startTemporal } from '../support/servers/temporal.js';

it('Postgres keeps what was committed through a kill and a restart', async () => {
  const postgres = await startPostgres();
  const url = await postgres.createDatabase('kept');
  const query = async (sql: string) => {
    const client = new pg.Client(url);
    await client.connect();
    try {
      return (await client.query(sql)).rows;
    } finally {
      await client.end();
    }
  };
  await query('create table t as select 7 as n');
  await postgres.kill();
  await expect(query('select n from t')).rejects.toThrow();
  await postgres.restart();
  expect(await query('select n from t')).toEqual([{ n: 7 }]);
  await postgres.stop();
});

it('Temporal keeps its namespaces through a restart', async () => {
  const temporal = await startTemporal();
  const connect = () => Connection.connect({ address: temporal.address });
  const before = await connect();
  await before.workflowService.registerNamespace({
    namespace: 'kept',
    workflowExecutionRetentionPeriod: { seconds: 86_400 as never },
  });
  await before.close();
  await temporal.restart();
  const after = await connect();
  const { namespaceInfo } = await after.workflowService.describeNamespace({ namespace: 'kept' });
  expect(namespaceInfo?.name).toBe('kept');
  await after.close();
  await temporal.stop();
});
