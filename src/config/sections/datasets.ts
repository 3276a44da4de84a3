import { fraction, named, oneOf, path, section, some, whole } from '../fields.js';

const SHARES = 'shares of train, val and test that add up to 1';

/** What the workflows that make dataset versions have for defaults. */
export const datasetsSchema = section({
  /** Name of the dataset that versions are of. */
  name: named(/^[a-z0-9][a-z0-9-]{0,62}$/, 'a name of small letters, digits and -'),
  /** A YAML file over config/pipeline_config.yaml. */
  pipeline: path().optional(),
  seed: whole(0, 2 ** 31 - 1),
  concurrency: whole(1, 100),
  /** An image or a patient in two splits: stop, drop it from what is trained on, or allow. */
  leakage: oneOf('stop', 'drop', 'allow'),
  /** pseudonym: an image's id is a hash of it; keep: its path below the source, which may name a patient. */
  ids: oneOf('pseudonym', 'keep'),
  /** Of images from the catalog; folders say their split. */
  shares: section({ train: fraction(), val: fraction(), test: fraction() }).refine(
    ({ train, val, test }) => Math.abs(train + val + test - 1) < 1e-9,
    { error: SHARES },
  ),
  /** What the descriptions of a version say of it; nothing is claimed that is not said here. */
  publication: section({
    license: some('a licence: its URL or name').optional(),
    url: some('the address of the dataset').optional(),
    creator: some('a name').optional(),
    citeAs: some('a text').optional(),
    datePublished: named(/^\d{4}-\d{2}-\d{2}$/, 'a date such as 2026-01-31').optional(),
  }),
});
