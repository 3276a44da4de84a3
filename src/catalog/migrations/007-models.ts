/** The registry of models: immutable versions, the pointer to production, and who moved it. See docs/catalog.md. */
export const models = `
create table models (
  name text primary key,
  production integer,
  created_at timestamptz not null default now()
);

create table model_versions (
  name text not null references models,
  version integer not null,
  identity text not null,
  uri text not null,
  sha256 text not null,
  bytes bigint not null,
  declaration jsonb not null,
  declared jsonb not null,
  card text not null,
  metrics jsonb not null,
  dataset text,
  parent text,
  code_version text not null,
  registered_by text not null,
  run_id text,
  created_at timestamptz not null default now(),
  primary key (name, version),
  unique (name, identity)
);
create index model_versions_file on model_versions (sha256);
create index model_versions_dataset on model_versions (dataset);
alter table models add foreign key (name, production) references model_versions (name, version);

create table model_moves (
  move_id bigint generated always as identity primary key,
  name text not null references models,
  action text not null check (action in ('promote', 'rollback')),
  from_version integer,
  to_version integer not null,
  who text not null,
  reason text not null,
  run_id text,
  at timestamptz not null default now(),
  foreign key (name, to_version) references model_versions (name, version)
);
create index model_moves_name on model_moves (name, move_id desc);
`;
