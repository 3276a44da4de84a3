/** Partitions that backfills work through, and what became of each. See docs/catalog.md. */
export const backfill = `
create table backfill_partitions (
  type text not null,
  scope text not null,
  key text not null,
  sealed_spec bytea,
  spec_hash text not null,
  input jsonb not null,
  state text not null check (state in ('missing', 'running', 'done', 'failed', 'cancelled')),
  plan_run text,
  position integer,
  selected boolean not null default false,
  workflow_id text,
  code text,
  reason text,
  counts jsonb,
  started_at timestamptz,
  finished_at timestamptz,
  primary key (type, scope, key)
);
create index backfill_partitions_plan on backfill_partitions (plan_run, position) where plan_run is not null;
`;
