import { sql } from 'kysely';
import { texts } from './batch.js';
import type { Db } from './database.js';

/** Which stored images: what is left out does not matter. */
export interface LabelledQuery {
  readonly modalities?: readonly string[] | undefined;
  readonly views?: readonly string[] | undefined;
  /** Study dates, both included, `YYYY-MM-DD`. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

export interface LabelledImage {
  readonly image_id: string;
  readonly instance_uid: string;
  readonly patient: string;
  readonly patient_known: boolean;
  readonly view_position: string;
  readonly container: string;
  readonly key: string;
  readonly png_bytes: number;
  /** Classes of those asked for that readers found present, by name; in effect are the latest values. */
  readonly labels: readonly string[];
}

/** A page of stored images with their labels, by image id: neither suboptimal, rejected nor in review. */
export async function labelledImages(
  db: Db,
  query: LabelledQuery,
  classes: readonly string[],
  { after, limit }: { readonly after: string; readonly limit: number },
): Promise<readonly LabelledImage[]> {
  const any = (values: readonly string[] | undefined) => texts(values ?? []);
  const { rows } = await sql<LabelledImage>`
    select i.image_id, i.instance_uid, i.patient, i.patient_known, i.view_position, i.container, i.key, i.png_bytes,
      coalesce((select json_agg(distinct a.class_name order by a.class_name) from annotations a
        where a.image_id = i.image_id and a.kind = 'label' and a.value = 1
          and a.class_name = any(${any(classes)})), '[]'::json) as labels
    from images i
    where i.state = 'stored' and i.image_id > ${after}
      and (${query.modalities === undefined}::boolean or i.modality = any(${any(query.modalities)}))
      and (${query.views === undefined}::boolean or i.view_position = any(${any(query.views)}))
      and (${query.from ?? null}::date is null or i.study_date >= ${query.from ?? null}::date)
      and (${query.to ?? null}::date is null or i.study_date <= ${query.to ?? null}::date)
    order by i.image_id limit ${limit}`.execute(db);
  return rows;
}
