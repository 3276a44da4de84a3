/** What pacsExport has written where, so that no file is downloaded twice; and a record of each batch. */
export const pacsExports = `
create table pacs_files (
  destination text not null,
  unit text not null,
  name text not null,
  settings text not null,
  state text not null check (state in ('placed', 'exported')),
  patient text,
  study_uid text,
  instance_uid text,
  frames integer not null default 0,
  dicom_hash text,
  dicom_bytes bigint,
  jpeg_hash text,
  known bytea,
  key_epoch text not null,
  code_version text not null,
  run_id text not null,
  created_at timestamptz not null default now(),
  exported_at timestamptz,
  primary key (destination, unit),
  unique (destination, name)
);
create index pacs_files_study on pacs_files (destination, study_uid) where study_uid is not null;
create index pacs_files_patient on pacs_files (patient) where patient is not null;

create table pacs_batches (
  run_id text not null,
  page integer not null,
  batch integer not null,
  records integer not null,
  found integer not null,
  downloaded integer not null,
  uploaded integer not null,
  failed integer not null,
  seconds real not null,
  errors jsonb not null default '{}',
  finished_at timestamptz not null default now(),
  primary key (run_id, page, batch)
);
`;
