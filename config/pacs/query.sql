-- What pacsExport reads of a PACS, for the schema of `node scripts/sample-pacs.mjs`. Copy it and write the names of
-- your tables; docs/pacs-export.md says what each column is for. One SELECT; it runs once, read-only.
--
-- Parameters: :studies (how many), :order ('random' | 'newest'), :seed, :modality and :body_part (NULL: any).
WITH chosen AS (
  SELECT s.study_id, s.study_date, md5(s.study_id || :seed::text) AS shuffled
  FROM pacs.studies s
  WHERE s.deleted = FALSE
    AND (:modality IS NULL OR s.modality = :modality)
    AND (:body_part IS NULL OR upper(s.body_part) = upper(:body_part))
  ORDER BY
    CASE WHEN :order = 'newest' THEN s.study_date END DESC NULLS LAST,
    CASE WHEN :order = 'random' THEN md5(s.study_id || :seed::text) END,
    s.study_id
  LIMIT :studies
)
SELECT
  c.study_id,
  se.series_id,
  se.series_number,
  i.instance_id,
  i.instance_number,
  i.file_path,
  i.file_url,
  f.field_value AS report_value,
  f.created_at AS field_created_at,
  -- Not exported: they are removed from the report wherever they stand.
  p.patient_name,
  p.patient_id,
  p.birth_date,
  s.accession_number
FROM chosen c
JOIN pacs.studies s ON s.study_id = c.study_id
JOIN pacs.patients p ON p.patient_id = s.patient_id
JOIN pacs.series se ON se.study_id = c.study_id AND se.deleted = FALSE
JOIN pacs.instances i ON i.series_id = se.series_id AND i.deleted = FALSE
LEFT JOIN pacs.reports r ON r.study_id = c.study_id AND r.deleted = FALSE
LEFT JOIN pacs.report_fields f ON f.report_id = r.report_id AND f.name IN ('findings', 'impression')
ORDER BY
  CASE WHEN :order = 'newest' THEN c.study_date END DESC NULLS LAST,
  c.shuffled, c.study_id, se.series_number, i.instance_number, i.instance_id, f.position
