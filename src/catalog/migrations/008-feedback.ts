/** What models said of images in production, and what a retraining made of it. See docs/catalog.md. */
export const feedback = `
create table feedback (
  file_id text not null,
  image_id text not null,
  source text not null,
  model_version text,
  said_at timestamptz,
  patient text not null,
  width integer not null,
  height integer not null,
  predictions jsonb not null,
  collected_run text not null,
  collected_at timestamptz not null default now(),
  outcome text,
  version text,
  decided_run text,
  decided_at timestamptz,
  primary key (file_id, image_id)
);
create index feedback_open on feedback (source, image_id) where outcome is null;
create index feedback_image on feedback (image_id);
create index feedback_patient on feedback (patient);
`;
