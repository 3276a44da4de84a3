/** The ledger: runs, files, shards, images and what happened to them. See docs/catalog.md, column by column. */
export const ledger = `
create table meta (
  key text primary key,
  value text not null,
  updated_at timestamptz not null default now()
);

create table runs (
  run_id text primary key,
  workflow_type text not null,
  workflow_id text not null,
  source text,
  status text not null default 'running'
    check (status in ('running', 'paused', 'completed', 'failed', 'cancelled')),
  started_at timestamptz not null default now(),
  finished_at timestamptz,
  params jsonb not null default '{}',
  params_hash text,
  code_version text,
  rule_edition text,
  found bigint not null default 0,
  done bigint not null default 0,
  skipped bigint not null default 0,
  ignored bigint not null default 0,
  quarantined bigint not null default 0,
  tried bigint not null default 0,
  suboptimal bigint not null default 0,
  review bigint not null default 0,
  waiting bigint not null default 0,
  unchanged bigint not null default 0,
  listing_state text not null default 'running' check (listing_state in ('running', 'done'))
);
create index runs_started on runs (started_at desc, run_id);

create table leases (
  source text primary key,
  run_id text not null,
  workflow_id text not null,
  acquired_at timestamptz not null default now()
);

create table shards (
  run_id text not null references runs,
  shard integer not null,
  files integer not null,
  manifest text not null,
  state text not null default 'claimed',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (run_id, shard)
);

create table files (
  file_id text primary key,
  source text not null,
  sealed_path bytea not null,
  parent_file_id text,
  size bigint not null,
  version text not null,
  content_hash text,
  state text not null
    check (state in ('pending', 'stored', 'skipped', 'ignored', 'quarantined', 'opened')),
  prior_state text,
  code text,
  reason text,
  rule_hash text,
  image_count integer not null default 0,
  run_id text,
  shard integer,
  position integer,
  attempts integer not null default 0,
  first_seen timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index files_shard on files (run_id, shard, position);
create index files_state on files (source, state, file_id);
create index files_quarantined on files (updated_at desc, file_id) where state = 'quarantined';
create index files_content on files (source, content_hash) where content_hash is not null;
create index files_parent on files (parent_file_id) where parent_file_id is not null;

create table containers (
  name text primary key,
  kind text not null check (kind in ('images', 'suboptimal', 'review')),
  mode text not null default 'prefix' check (mode in ('prefix', 'bucket')),
  run_id text,
  shard integer,
  part integer,
  images integer not null default 0,
  capacity integer not null,
  created_at timestamptz not null default now(),
  check (images between 0 and capacity)
);
create unique index containers_part on containers (run_id, kind, shard, part);

create table studies (
  study_uid text primary key,
  patient text not null,
  patient_known boolean not null,
  source text not null,
  study_date date,
  first_file_id text,
  created_at timestamptz not null default now()
);
create index studies_patient on studies (patient);

create table images (
  image_id text primary key,
  instance_uid text not null,
  frame integer not null,
  file_id text not null,
  patient text not null,
  patient_known boolean not null,
  study_uid text not null,
  series_uid text not null,
  sop_class_uid text not null,
  modality text not null,
  body_part text,
  view_position text not null,
  sex text,
  age_band text,
  study_date date,
  manufacturer text,
  rows integer not null,
  columns integer not null,
  bits_stored integer not null,
  photometric text not null,
  transfer_syntax text not null,
  pixel_hash text not null,
  png_hash text not null,
  png_bytes bigint not null,
  container text not null references containers,
  key text not null,
  state text not null check (state in ('placed', 'stored', 'suboptimal', 'review', 'rejected')),
  reason text,
  score real,
  model_version text,
  stats jsonb,
  features real[],
  features_version text,
  metadata jsonb not null,
  review jsonb,
  parent_hash text,
  step text not null,
  params_hash text not null,
  profile text not null,
  table_edition text not null,
  key_epoch text not null,
  code_version text not null,
  run_id text not null,
  shard integer not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (instance_uid, frame)
);
create index images_cohort on images (state, modality, view_position, image_id);
create index images_patient on images (patient);
create index images_study on images (study_uid);
create index images_file on images (file_id);
create index images_model on images (state, model_version, image_id);
create index images_shard on images (run_id, shard, image_id);
create index images_place on images (container, key);

create table quality_checks (
  image_id text not null references images on delete cascade,
  model_version text not null,
  accepted boolean not null,
  score real,
  reason text,
  checked_at timestamptz not null default now(),
  primary key (image_id, model_version)
);
create index quality_rejected on quality_checks (model_version, image_id) where not accepted;

create table review_decisions (
  image_id text primary key references images on delete cascade,
  decision text not null check (decision in ('approve', 'mask', 'reject')),
  by text not null,
  reason text,
  rects jsonb,
  decided_at timestamptz not null default now(),
  applied_at timestamptz
);
create index review_decisions_open on review_decisions (decided_at) where applied_at is null;

create table reveals (
  reveal_id bigint generated always as identity primary key,
  at timestamptz not null default now(),
  who text not null,
  reason text not null,
  what text not null,
  file_id text
);
`;
