import { z } from 'zod';
import { duration, oneOf, section, size, some, whole } from '../fields.js';

const names = () => {
  const error = 'a list of names';
  return z.array(some('a name'), { error });
};

/** What radiologists and labelling tools deliver: docs/annotations.md. */
export const annotationsSchema = section({
  /** A name under `sources` or a root URI; none: the source named `annotations`, else that folder of the storage root. */
  source: some('the name of a source, or a root URI').optional(),
  markSource: oneOf('none', 'rename'),
  /** Younger files of a folder may still be written: they are waited for. */
  minAge: duration(),
  concurrency: whole(1, 100),
  /** Files of a shard: what one step works on. */
  shardSize: whole(1, 400),
  /** A JSON document is held in memory, so it may not be larger. */
  maxJson: size(),
  /** Names of the classes of boxes; the place of a name is the id of its class, from 0. */
  classes: names(),
  /** What else a label may be called. */
  labels: names(),
});
