/** What readers said of images, with file, reader and time of each record. See docs/catalog.md, column by column. */
export const annotations = `
create table annotation_files (
  file_id text primary key,
  source text not null,
  revision integer not null default 0,
  content_hash text,
  format text,
  records integer not null default 0,
  modified_at timestamptz,
  run_id text,
  applied_at timestamptz,
  staged_hash text,
  staged_records integer not null default 0,
  retried_run text,
  retried integer not null default 0
);
create index annotation_files_source on annotation_files (source, file_id);

create table annotation_records (
  file_id text not null references annotation_files,
  revision integer not null,
  position integer not null,
  state text not null check (state in ('applied', 'duplicate', 'quarantined')),
  code text,
  reason text,
  record_id text not null,
  sealed_path bytea,
  refs jsonb,
  frame integer,
  width integer,
  height integer,
  image_id text references images on delete cascade,
  kind text check (kind in ('label', 'box')),
  class_id integer,
  class_name text,
  value smallint check (value in (-1, 0, 1)),
  x_min double precision,
  y_min double precision,
  x_max double precision,
  y_max double precision,
  reader text,
  read_at timestamptz,
  content text,
  primary key (file_id, revision, position)
);
create index annotation_records_image on annotation_records (image_id) where state = 'applied';
create index annotation_records_class on annotation_records (class_name, image_id) where state = 'applied';
create index annotation_records_content on annotation_records (file_id, revision, image_id, content)
  where state = 'applied';
create index annotation_records_waiting on annotation_records (file_id, revision, position)
  where code = 'IMAGE_UNKNOWN';

create view annotations as
select distinct on (r.image_id, r.class_name, r.content)
  r.image_id, r.class_name, r.content, r.kind, r.class_id, r.value, r.x_min, r.y_min, r.x_max, r.y_max,
  r.reader, r.read_at, r.file_id, r.position, f.run_id, f.applied_at
from annotation_records r
join annotation_files f on f.file_id = r.file_id and f.revision = r.revision
where r.state = 'applied'
order by r.image_id, r.class_name, r.content, r.read_at desc, f.applied_at desc, r.file_id, r.position;
`;
