/** Which split of a detection dataset a patient, or an image of an unknown patient, is in. See docs/catalog.md. */
export const patientSplits = `
create table patient_splits (
  dataset text not null,
  patient text not null,
  split text not null,
  version text not null,
  created_at timestamptz not null default now(),
  primary key (dataset, patient)
);
`;
