/** Versions of datasets, which of them is current, and whose images are in which. See docs/catalog.md. */
export const datasetVersions = `
create table dataset_versions (
  version_id bigint generated always as identity primary key,
  uri text not null unique,
  root text not null,
  dataset text not null,
  version text not null,
  kind text not null,
  source text,
  manifest_hash text not null,
  parameters_hash text not null,
  inputs_hash text not null,
  code_version text not null,
  seed bigint not null,
  images bigint not null,
  bytes bigint not null,
  splits jsonb not null,
  parents jsonb not null,
  run_id text,
  published_at timestamptz,
  created_at timestamptz not null default now()
);
create index dataset_versions_name on dataset_versions (version, dataset);
create index dataset_versions_root on dataset_versions (root, published_at desc);

create table version_patients (
  patient text not null,
  version_id bigint not null references dataset_versions on delete cascade,
  split text not null,
  images integer not null,
  primary key (patient, version_id, split)
);
create index version_patients_version on version_patients (version_id);

create table dataset_pointers (
  root text primary key,
  version_id bigint not null references dataset_versions
);

create table dataset_moves (
  move_id bigint generated always as identity primary key,
  root text not null,
  from_version text,
  to_version text not null,
  who text not null,
  reason text not null,
  at timestamptz not null default now()
);
create index dataset_moves_root on dataset_moves (root, move_id desc);
`;
