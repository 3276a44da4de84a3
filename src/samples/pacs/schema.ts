/** A PACS database as hospitals have one, small: what `config/pacs/query.sql` reads. Made anew each time. */
export const PACS_SCHEMA = `
DROP SCHEMA IF EXISTS pacs CASCADE;
CREATE SCHEMA pacs;
CREATE TABLE pacs.patients (
  patient_id text PRIMARY KEY,
  patient_name text,
  birth_date date,
  sex text,
  phone text,
  address text
);
CREATE TABLE pacs.studies (
  study_id text PRIMARY KEY,
  patient_id text NOT NULL REFERENCES pacs.patients,
  accession_number text,
  study_date timestamptz,
  modality text,
  body_part text,
  deleted boolean NOT NULL DEFAULT FALSE
);
CREATE TABLE pacs.series (
  series_id text PRIMARY KEY,
  study_id text NOT NULL REFERENCES pacs.studies,
  series_number integer,
  deleted boolean NOT NULL DEFAULT FALSE
);
CREATE TABLE pacs.instances (
  instance_id text PRIMARY KEY,
  series_id text NOT NULL REFERENCES pacs.series,
  instance_number integer,
  file_path text,
  file_url text,
  deleted boolean NOT NULL DEFAULT FALSE
);
CREATE TABLE pacs.reports (
  report_id bigint PRIMARY KEY,
  study_id text NOT NULL REFERENCES pacs.studies,
  deleted boolean NOT NULL DEFAULT FALSE
);
CREATE TABLE pacs.report_fields (
  report_id bigint NOT NULL REFERENCES pacs.reports,
  position integer NOT NULL,
  name text NOT NULL,
  field_value text,
  created_at timestamptz,
  PRIMARY KEY (report_id, position)
);
`;
