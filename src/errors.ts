/**
 * The registry of error codes. One row a code: what happened in a sentence, whether trying again can help,
 * and what the user can do. The code is the `type` of an `ApplicationFailure`, the `code` of a quarantined
 * file and the `code` in `--json` output, so a code never changes its meaning.
 *
 * `kind` says what the pipeline does with it:
 * - `file`: the bytes are bad; the file goes to quarantine and the others go on.
 * - `world`: storage, database, network or disk; retried with a bound, then the run pauses.
 * - `input`: what the user asked for cannot be done; refused at once, never retried.
 */
export type ErrorKind = 'file' | 'world' | 'input';

interface ErrorRow {
  readonly kind: ErrorKind;
  readonly message: string;
  readonly hint: string;
}

export const ERRORS = {
  // --- input -------------------------------------------------------------------------------------------
  BAD_INPUT: {
    kind: 'input',
    message: 'The input is not valid',
    hint: 'Correct the named field and start again.',
  },
  BAD_CONFIG: {
    kind: 'input',
    message: 'The configuration is not valid',
    hint: 'Correct the listed keys; `cxrflow doctor` checks them again.',
  },
  CREDENTIALS_IN_URL: {
    kind: 'input',
    message: 'A URL carries credentials',
    hint: 'Remove user and password from the URL; give them by environment variable.',
  },
  MODEL_INVALID: {
    kind: 'input',
    message: 'The model cannot be used',
    hint: 'Give an ONNX model as docs/models.md says; for the quality model, docs/quality-model.md.',
  },
  // models of images
  MODEL_NOT_ONNX: {
    kind: 'input',
    message: 'The model file is not a whole ONNX file',
    hint: 'Export the model to ONNX (docs/models.md) and copy the file whole.',
  },
  MODEL_EXTERNAL_DATA: {
    kind: 'input',
    message: 'The weights of the model lie in other files',
    hint: 'Save it as one file: `onnx.save(onnx.load(FILE), OUT)`; a file of ONNX holds up to 2 GB.',
  },
  MODEL_OPERATORS: {
    kind: 'input',
    message: 'The model needs operators that this onnxruntime does not have',
    hint: 'Export it again for an older operator set, for example `opset=17`.',
  },
  MODEL_MISMATCH: {
    kind: 'input',
    message: 'The model does not fit what is declared of it',
    hint: 'Correct what was declared, or export the model again; docs/models.md lists what is read.',
  },
  CUDA_MISSING: {
    kind: 'input',
    message: 'CUDA was asked for and cannot be used',
    hint: 'Set models.device to auto or cpu; docs/models.md says how onnxruntime comes with CUDA.',
  },
  MODEL_OUTPUT: {
    kind: 'file',
    message: 'The model gave no valid answer on this image',
    hint: 'Look at the image; where many are so, the model was exported or trained wrongly.',
  },
  SESSION_LOST: {
    kind: 'world',
    message: 'The thread that ran the model ended',
    hint: 'It is opened again; where this goes on, lower models.batch, or see the worker log.',
  },
  // registry of models
  MODEL_UNKNOWN: {
    kind: 'input',
    message: 'The registry has no such model version',
    hint: '`cxrflow model list` shows those there are; a version is written name@v3.',
  },
  MODEL_NO_PRODUCTION: {
    kind: 'input',
    message: 'No version of this model is in production',
    hint: '`cxrflow model promote NAME@VERSION --reason …`, or name a version.',
  },
  MODEL_NO_EARLIER: {
    kind: 'input',
    message: 'There is no earlier production version to go back to',
    hint: '`cxrflow model show NAME` lists the moves; promote the version that you want.',
  },
  MODEL_MOVED: {
    kind: 'input',
    message: 'Another version was put into production meanwhile',
    hint: 'Compare with the one that is there now, then promote again.',
  },
  MODEL_MISSING: {
    kind: 'input',
    message: 'There is no file of the quality model',
    hint: 'Put the ONNX file there or correct the setting; without it the shipped model is used. Then start again.',
  },
  // runs
  SOURCE_BUSY: {
    kind: 'input',
    message: 'Another run works on this source',
    hint: 'Wait for it, or `cxrflow cancel` it; two runs on one source would do everything twice.',
  },
  FAILURE_BUDGET: {
    kind: 'world',
    message: 'Too many files of this run went to quarantine',
    hint: 'Look at `cxrflow quarantine list`; `cxrflow resume ID` goes on and accepts those so far.',
  },
  VANISHED: {
    kind: 'file',
    message: 'The file was gone before it was read',
    hint: 'Nothing to do: where it comes back, the next run takes it.',
  },
  CHANGED_WHILE_READ: {
    kind: 'file',
    message: 'The file changed while it was read',
    hint: 'It is still being written; the next run takes it. Where ingest meets this often: raise ingest.minAge.',
  },
  NO_PIXEL_DATA: {
    kind: 'file',
    message: 'An image object without pixel data',
    hint: 'Export it again from its source.',
  },
  PROCESSING_FAILED: {
    kind: 'file',
    message: 'The program failed on this file',
    hint: 'The worker log says where; report it, then `cxrflow quarantine retry` with a newer version.',
  },
  UID_CONFLICT: {
    kind: 'file',
    message: 'Another image with this SOP Instance UID and other pixels is stored',
    hint: 'Find out which of the two is right; `cxrflow quarantine show` names both files.',
  },
  ARCHIVE_INVALID: {
    kind: 'file',
    message: 'The archive cannot be read',
    hint: 'Pack it again.',
  },
  ARCHIVE_BOMB: {
    kind: 'file',
    message: 'The archive unpacks to more than is allowed',
    hint: 'If it is genuine, raise limits.zip, or unpack it by hand.',
  },
  ARCHIVE_UNSAFE: {
    kind: 'file',
    message: 'The archive holds a path that leads out of it',
    hint: 'Find out who made it; unpack it by hand if it is genuine.',
  },
  ARCHIVE_ENCRYPTED: {
    kind: 'file',
    message: 'The archive is encrypted',
    hint: 'Unpack it by hand.',
  },
  LISTING_FAILED: {
    kind: 'world',
    message: 'The listing of the source ended before its end',
    hint: 'See the child run named listing; `cxrflow resume ID` lists again.',
  },
  MODEL_CHANGED: {
    kind: 'input',
    message: 'The quality model changed while the run used it',
    hint: 'Start again; give a new model a new URI.',
  },
  NO_SUCH_RUN: {
    kind: 'input',
    message: 'There is no run of this id',
    hint: '`cxrflow status` lists the recent ones; older ones have left the history.',
  },
  RUN_ENDED: {
    kind: 'input',
    message: 'The run has ended',
    hint: '`cxrflow status ID` says how; start another one.',
  },
  RUN_CANCELLED: {
    kind: 'world',
    message: 'The run was cancelled',
    hint: 'Start it again: what it stored is not done twice.',
  },
  RUN_TERMINATED: {
    kind: 'world',
    message: 'The run was terminated',
    hint: 'Start it again: the next run puts in order what this one left.',
  },
  // dataset versions
  VERSION_EXISTS: {
    kind: 'input',
    message: 'This version exists already, and a version never changes',
    hint: 'Give another version, or another destination.',
  },
  VERSION_MISSING: {
    kind: 'input',
    message: 'There is no such version',
    hint: '`cxrflow dataset list` shows those there are.',
  },
  VERSION_AMBIGUOUS: {
    kind: 'input',
    message: 'Several datasets have a version of this name',
    hint: 'Name it as DATASET/VERSION, or by its URI.',
  },
  VERSION_DAMAGED: {
    kind: 'input',
    message: 'The version is not as it was written',
    hint: '`cxrflow dataset verify` names its files; `cxrflow dataset rebuild --restore` makes them again.',
  },
  REBUILD_PAUSED: {
    kind: 'world',
    message: 'The run that makes the version again waits for a person',
    hint: 'See `cxrflow status ID`; cancel it, mend what it waits for, and start again.',
  },
  DESTINATION_IN_USE: {
    kind: 'input',
    message: 'The folder of this version holds files that are no version',
    hint: 'Give another version or destination; nothing there was touched.',
  },
  LEAKAGE: {
    kind: 'input',
    message: 'The same image or patient is in more than one split',
    hint: 'See the pre-flight report; mend the folders, or start with leakage: "drop" or "allow".',
  },
  NO_IMAGES: {
    kind: 'input',
    message: 'There is no image to make a dataset of',
    hint: 'Expected {train,val,test}/{CLASS}/* below the source, or a catalog query that finds stored images.',
  },
  NO_LABEL: {
    kind: 'file',
    message: 'The image has no label of the class map',
    hint: 'Put it into a folder {split}/{CLASS} of a configured class, or annotate it.',
  },
  // keys
  KEY_MISSING: {
    kind: 'input',
    message: 'There is no key for pseudonyms',
    hint: 'Copy the keyring of the project here and name it by CXRFLOW_KEYRING; for a new project, `cxrflow keys create`.',
  },
  KEY_INVALID: {
    kind: 'input',
    message: 'The key or keyring is not valid',
    hint: 'A key is 32 bytes in hex or base64; a damaged keyring comes back by `cxrflow keys restore`.',
  },
  KEY_LOCKED: {
    kind: 'input',
    message: 'The key is encrypted and could not be opened',
    hint: 'Set CXRFLOW_WRAPPING_KEY (for a backup: its passphrase) to the one it was written with.',
  },
  KEY_MISMATCH: {
    kind: 'input',
    message: 'The key is not the one this catalog was written with',
    hint: 'Use the keyring of this project; another key would give every patient a second pseudonym.',
  },
  KEYRING_EXISTS: {
    kind: 'input',
    message: 'There is a keyring already',
    hint: 'It is never overwritten. Move it away yourself if it belongs to no data that you keep.',
  },
  KEYRING_NOT_WRITTEN: {
    kind: 'input',
    message: 'The keyring could not be written',
    hint: 'Name a place by CXRFLOW_KEYRING where this user may write, outside the data folder.',
  },
  KEYRING_PERMISSIONS: {
    kind: 'input',
    message: 'Others on this machine may read the keyring',
    hint: 'chmod 600 the file; it must belong to the user who runs cxrflow.',
  },
  KEYRING_IN_DATA: {
    kind: 'input',
    message: 'The keyring lies inside the data folder',
    hint: 'Move it elsewhere: who copies the data must not copy the key with it.',
  },
  SEAL_BROKEN: {
    kind: 'input',
    message: 'A sealed path could not be opened',
    hint: 'It was sealed with another path key, or the row was changed.',
  },
  ALREADY_EXISTS: {
    kind: 'input',
    message: 'An object of this name exists already',
    hint: 'It was written before and is never replaced; take another name or version.',
  },
  DATA_IN_USE: {
    kind: 'input',
    message: 'The data folder is in use by another process',
    hint: 'Use that one (the same --data finds it), stop it, or give another --data.',
  },
  NOT_RUNNING: {
    kind: 'input',
    message: 'Nothing is running to talk to',
    hint: 'Start `cxrflow up` with the same --data, or set TEMPORAL_ADDRESS and DATABASE_URL.',
  },
  PORT_IN_USE: {
    kind: 'input',
    message: 'The port is taken',
    hint: 'Give another --port, or 0 for any free one.',
  },
  DATABASE_REQUIRED: {
    kind: 'input',
    message: 'Separate worker processes need a Postgres catalog',
    hint: 'Set DATABASE_URL, or run this worker beside a live `cxrflow up` with the same --data.',
  },
  CATALOG_NEWER: {
    kind: 'input',
    message: 'The catalog was migrated by a newer version of this program',
    hint: 'Run that version; a schema never goes back.',
  },
  CATALOG_LOCK: {
    kind: 'input',
    message: 'The data folder cannot be locked, and an unlocked catalog can lose rows',
    hint: 'Install `flock` (util-linux), put the data on a file system with locks, or set DATABASE_URL.',
  },
  CATALOG_UNKNOWN: {
    kind: 'input',
    message: 'The catalog knows no such item',
    hint: 'List what there is (`cxrflow quarantine list`, `cxrflow review list`) and copy the id from there.',
  },
  REVIEW_DECIDED: {
    kind: 'input',
    message: 'The image is not waiting for this decision',
    hint: '`cxrflow review show ID` says its state and what was decided.',
  },
  REASON_REQUIRED: {
    kind: 'input',
    message: 'Revealing what may name a patient needs a reason',
    hint: 'Give it with --reason; who, when and why are recorded.',
  },
  STORAGE_NOT_SHARED: {
    kind: 'input',
    message: 'Separate worker processes need storage that all of them reach',
    hint: 'Use s3:// or gs://, or mount one folder everywhere and set storage.sharedFilesystem: true.',
  },
  BUILD_MISSING: {
    kind: 'input',
    message: 'The compiled program is not complete',
    hint: 'Run `npm run build`.',
  },
  SCHEDULE_UNKNOWN: {
    kind: 'input',
    message: 'There is no such schedule',
    hint: '`cxrflow schedule list` shows those there are; `schedule apply` makes those of the configuration.',
  },
  SCHEDULE_STALE: {
    kind: 'world',
    message: 'A schedule starts no runs',
    hint: 'See its runs in `cxrflow status` and the Web UI: one that waits holds all later ones up.',
  },
  RUN_EXISTS: {
    kind: 'input',
    message: 'A run of this id is running',
    hint: '`cxrflow status ID` shows it; leave --id out, or give another one.',
  },
  // backfills
  BACKFILL_EMPTY: {
    kind: 'input',
    message: 'There is no partition to run',
    hint: 'Check --from, --to and the template against the names of the source; `--dry-run` tries it without starting.',
  },
  BACKFILL_FAILING: {
    kind: 'world',
    message: 'Partition after partition fails',
    hint: 'See the child runs; `cxrflow resume ID` goes on with the next ones, `--only failed` runs those that failed again.',
  },
  // buckets
  NOT_SUPPORTED_HERE: {
    kind: 'input',
    message: 'This store does not offer that',
    hint: 'docs/bucket-tools.md says what each store offers.',
  },
  CHECKSUM_MISMATCH: {
    kind: 'world',
    message: 'The store holds other bytes than were sent',
    hint: 'Upload again: what differs is sent anew. If it goes on, look for another writer, or a broken disk or proxy.',
  },
  BAD_PROFILE: {
    kind: 'input',
    message: 'The de-identification profile is not valid',
    hint: 'Correct the named line of the profile; `docs/deidentification.md` lists what it may hold.',
  },
  // --- feedback and retraining ---------------------------------------------------------------------------
  FEEDBACK_NOT_JSON: {
    kind: 'file',
    message: 'The feedback file is not JSON of the documented shape',
    hint: 'See docs/retraining.md: an object, a list of objects, or an object with `predictions`.',
  },
  FEEDBACK_CLASS: {
    kind: 'file',
    message: 'The feedback names a class that the dataset does not have',
    hint: 'class_id is a whole number from 0; the names are in data.yaml of the dataset version.',
  },
  FEEDBACK_CONFIDENCE: {
    kind: 'file',
    message: 'The confidence of the feedback is no number from 0 to 1',
    hint: 'Correct whoever writes it; NaN is not JSON and no confidence.',
  },
  FEEDBACK_BBOX: {
    kind: 'file',
    message: 'A box of the feedback is no box inside its image',
    hint: 'bbox is [x_min, y_min, x_max, y_max] in pixels of the original image.',
  },
  FEEDBACK_UNKNOWN_IMAGE: {
    kind: 'file',
    message: 'The image of the feedback is in no split of the dataset and not in the catalog',
    hint: 'The file waits; `cxrflow quarantine retry` takes it again when the image is there.',
  },
  SPLIT_EMPTY: {
    kind: 'input',
    message: 'A split of the dataset that is needed holds no image',
    hint: 'Build a dataset version whose splits give it some; without it nothing can be compared.',
  },
  TRAINING_SET_EMPTY: {
    kind: 'input',
    message: 'The training set holds no labelled image',
    hint: 'Lower retrain.confidence, or wait for more feedback; production stays what it was.',
  },
  TRAINING_SET_ONE_CLASS: {
    kind: 'input',
    message: 'The training set holds one class only',
    hint: 'A model of one class cannot tell it from others; add images of a second one.',
  },
  TRAINER_UNKNOWN: {
    kind: 'input',
    message: 'There is no trainer of that name',
    hint: '`builtin` is always there; others are named under `trainers` of the configuration.',
  },
  TRAINER_MISSING: {
    kind: 'input',
    message: 'The command of the trainer cannot be run on this machine',
    hint: 'Install it where the gpu queue is served, or correct `trainers` of the configuration.',
  },
  TRAINER_FAILED: {
    kind: 'input',
    message: 'The trainer ended without success',
    hint: 'trainer.log in the report of the run says why; production stays what it was.',
  },
  TRAINER_TOO_SLOW: {
    kind: 'input',
    message: 'The trainer was stopped: it took too long or said nothing for too long',
    hint: 'Raise timeLimit or silence of the trainer, or let it print progress lines.',
  },
  TRAINER_OUTPUT_TOO_LARGE: {
    kind: 'input',
    message: 'The trainer was stopped: it wrote more than it may',
    hint: 'Raise outputLimit of the trainer, or let it keep fewer checkpoints.',
  },
  APPROVAL_NEEDED: {
    kind: 'world',
    message: 'A better model waits for a person before it goes into production',
    hint: '`cxrflow model approve ID --reason TEXT` (or `model reject`); the run goes on from there.',
  },
  TRAINER_NO_MODEL: {
    kind: 'input',
    message: 'The trainer ended well and left no model',
    hint: 'It must write an ONNX file into its output folder: model.onnx, or what its result line names.',
  },
  // detection datasets
  TABLE_INVALID: {
    kind: 'input',
    message: 'The table cannot be used',
    hint: 'It is a CSV in UTF-8 whose first line names its columns; docs/detection.md lists them.',
  },
  DATASET_EMPTY: {
    kind: 'input',
    message: 'No image would be in the dataset',
    hint: 'Compare the ids of the tables with the names of the image files; `cxrflow quarantine list` says what was left out.',
  },
  SPLIT_CONFLICT: {
    kind: 'input',
    message: 'Images of one patient are in different splits of earlier versions',
    hint: 'They were split before their patients were known. Write to another destination: its splits begin anew.',
  },
  ROW_MALFORMED: {
    kind: 'file',
    message: 'The row has another number of fields than the header',
    hint: 'Correct the line of the table and build a new version.',
  },
  ROW_NOT_NAMED: {
    kind: 'file',
    message: 'The row has no reader, or no image id that can name a file',
    hint: 'Ids are letters, digits, `.`, `_` and `-`, at most 128.',
  },
  CLASS_INVALID: {
    kind: 'file',
    message: 'The row has no class, or one that cannot be',
    hint: 'Give class_name and a class_id from 0 to 999.',
  },
  BOX_INCOMPLETE: {
    kind: 'file',
    message: 'The box lacks a number',
    hint: 'Only rows of the class "No finding" go without the four corners.',
  },
  BOX_OUTSIDE: {
    kind: 'file',
    message: 'The box lies outside of its image',
    hint: 'Boxes are in pixels of the original image; where images were resized, say their original size.',
  },
  BOX_DEGENERATE: {
    kind: 'file',
    message: 'The box is less than one pixel wide or high',
    hint: 'Draw it again, or leave it out.',
  },
  IMAGE_MISSING: {
    kind: 'file',
    message: 'The table names an image that is not in the folder',
    hint: 'Copy it there under its id, then build a new version.',
  },
  IMAGE_AMBIGUOUS: {
    kind: 'file',
    message: 'Two files have the name of this image',
    hint: 'Leave one of them in the folder.',
  },
  IMAGE_UNREADABLE: {
    kind: 'file',
    message: 'The picture cannot be decoded',
    hint: 'It is to be DICOM, PNG or JPEG; copy it again from where it came.',
  },
  PATIENT_MISSING: {
    kind: 'file',
    message: 'The table of patients does not say whose image this is',
    hint: 'Complete it: an image of an unknown patient could be in two splits.',
  },
  TEXT_IN_PIXELS: {
    kind: 'file',
    message: 'The image may have text about its patient in its pixels',
    hint: 'Ingest it, decide in `cxrflow review`, and take the approved image.',
  },
  // --- file --------------------------------------------------------------------------------------------
  UNREADABLE: {
    kind: 'file',
    message: 'The file could not be read',
    hint: 'Check its permissions, then `cxrflow quarantine retry`.',
  },
  CANNOT_REDACT: {
    kind: 'file',
    message: 'The pixels of this file cannot be redacted',
    hint: 'Reject the image in review, or redact it with a program that knows its pixel format.',
  },
  CANNOT_ENCODE: {
    kind: 'file',
    message: 'The pixels cannot be encoded without loss this way',
    hint: 'Choose another transfer syntax: RLE holds every pixel format.',
  },
  CRASHED_WORKER: {
    kind: 'file',
    message: 'The file ended the worker process twice',
    hint: 'Keep a copy and report it; the file is left out until `cxrflow quarantine retry`.',
  },
  NOT_FOUND: {
    kind: 'file',
    message: 'There is no such object',
    hint: 'It is not, or no longer, where it was said to be; the next run looks again.',
  },
  INVALID_KEY: {
    kind: 'file',
    message: 'The name of an object cannot be used in this store',
    hint: 'Rename it: no `.` or `..` part, no control bytes the store refuses, at most 1024 bytes.',
  },
  TOO_LARGE: {
    kind: 'file',
    message: 'More bytes than the limit allows',
    hint: 'Raise the limit in the configuration if the size is right.',
  },
  // reading DICOM
  NOT_DICOM: {
    kind: 'file',
    message: 'The file is not DICOM',
    hint: 'Files of other kinds are left out. If it is to be DICOM, look at what its source gives under that name.',
  },
  TRUNCATED: {
    kind: 'file',
    message: 'The file ends before its content does',
    hint: 'Copy it again from where it came.',
  },
  MALFORMED: {
    kind: 'file',
    message: 'The file breaks the DICOM format',
    hint: 'Export it again, or repair it with dcmtk (dcmconv).',
  },
  INFLATES_TOO_LARGE: {
    kind: 'file',
    message: 'The deflated dataset is larger than the limit once inflated',
    hint: 'Raise limits.maxInflatedBytes if the file is meant to be this large.',
  },
  TOO_DEEP: {
    kind: 'file',
    message: 'Sequences nest deeper than the limit',
    hint: 'Raise limits.maxDepth if the file is meant to be like this.',
  },
  TOO_MANY_ELEMENTS: {
    kind: 'file',
    message: 'The file has more elements than the limit',
    hint: 'Raise limits.maxElements if the file is meant to be like this.',
  },
  // reading images
  NOT_AN_IMAGE: {
    kind: 'file',
    message: 'The file is no image that is known',
    hint: 'Nothing to do; JPEG, PNG, TIFF and DICOM are read, by their content.',
  },
  // decoding pixels
  NO_PIXELS: {
    kind: 'file',
    message: 'The object has no pixel data',
    hint: 'Nothing to do; documents and presentation states are not images.',
  },
  UNSUPPORTED_TRANSFER_SYNTAX: {
    kind: 'file',
    message: 'The transfer syntax of the pixel data is not supported',
    hint: 'Convert the file to a supported one (dcmtk dcmconv, gdcmconv).',
  },
  BAD_IMAGE_ATTRIBUTES: {
    kind: 'file',
    message: 'The attributes that describe the pixel data are missing or contradict each other',
    hint: 'Export the file again from its source.',
  },
  IMAGE_TOO_LARGE: {
    kind: 'file',
    message: 'One frame of the image needs more memory than the limit',
    hint: 'Rows, columns or samples are wrong, or the image is not a film.',
  },
  TOO_LONG_FOR_JPEG: {
    kind: 'file',
    message: 'A side of the picture is longer than the 65,500 pixels that a JPEG may have',
    hint: 'Ask for PNG, or for a smaller size.',
  },
  PIXELS_TRUNCATED: {
    kind: 'file',
    message: 'The pixel data ends before the frame does',
    hint: 'Copy the file again from where it came.',
  },
  DECODE_FAILED: {
    kind: 'file',
    message: 'The compressed pixel data cannot be decoded',
    hint: 'Export the file again, or keep a copy and report it.',
  },
  TOO_SLOW: {
    kind: 'file',
    message: 'The file took too long',
    hint: 'Raise limits.time if the file is sound, then `cxrflow quarantine retry`.',
  },
  OUT_OF_MEMORY: {
    kind: 'file',
    message: 'The file needed too much memory',
    hint: 'Raise limits.memory if the file is sound, then `cxrflow quarantine retry`.',
  },
  IDENTITY_LEFT: {
    kind: 'file',
    message: 'An identifying value of the file is still in its de-identified copy, which was not kept',
    hint: 'Remove the named attribute by a site rule of the profile, then run the file again.',
  },
  PATIENT_CONFLICT: {
    kind: 'file',
    message: 'The study holds images of two patient ids',
    hint: 'Find out whose study it is and correct it at the source. The same folder under two source names looks like this, too: give both one issuer in the configuration.',
  },
  MISSING_UID: {
    kind: 'file',
    message: 'The file has no SOP Instance UID',
    hint: 'Export it again from its source; an image without an identity cannot be followed.',
  },
  MEDIA_DIRECTORY: {
    kind: 'file',
    message: 'A media directory (DICOMDIR), which holds no image',
    hint: 'Nothing to do; a directory of the output can be made with other tools.',
  },
  // rendering
  BAD_LUT: {
    kind: 'file',
    message: 'A lookup table of the file does not hold what its descriptor says',
    hint: 'Ask for the image again from the PACS; with another one of its views it may still be shown there.',
  },
  NO_SUCH_VIEW: {
    kind: 'file',
    message: 'The file has no view of that name',
    hint: 'See its WindowCenterWidthExplanation with `cxrflow inspect`, or render with --window auto.',
  },
  // annotations
  EMPTY_ANNOTATIONS: {
    kind: 'file',
    message: 'The file is empty',
    hint: 'Write it again. A table with a header and no rows is valid: it takes back what the file said before.',
  },
  NOT_ANNOTATIONS: {
    kind: 'file',
    message: 'The file holds no annotations',
    hint: 'Nothing to do; docs/annotations.md lists the formats that are read.',
  },
  NOT_UTF8: {
    kind: 'file',
    message: 'The text is not UTF-8',
    hint: 'Save it as UTF-8 (in Excel: CSV UTF-8).',
  },
  BAD_JSON: {
    kind: 'file',
    message: 'The file is not JSON',
    hint: 'Write it again with a JSON library; blank values are null, never NaN.',
  },
  BAD_CSV: {
    kind: 'file',
    message: 'The file is not a CSV',
    hint: 'Look at the quotes near the named line; a quote within a quoted field is doubled.',
  },
  MISSING_COLUMNS: {
    kind: 'file',
    message: 'The table lacks columns',
    hint: 'Add the named columns; docs/annotations.md shows both tables. A column may be blank where it says so.',
  },
  LINE_TOO_LONG: {
    kind: 'file',
    message: 'A line of the file is longer than any record is',
    hint: 'Check that its lines end with line feeds and its quotes are closed.',
  },
  BAD_RECORD: {
    kind: 'file',
    message: 'A record lacks a field, or has one that is not valid',
    hint: 'Correct the named field in the file; a corrected file replaces what it said before.',
  },
  CLASS_UNKNOWN: {
    kind: 'file',
    message: 'The class or label of a record is not known',
    hint: 'Correct it, or add it to annotations.classes or annotations.labels; the next run reads the file again.',
  },
  BOX_REVERSED: {
    kind: 'file',
    message: 'The corners of a box are reversed, or it has no area',
    hint: 'Correct the record in the file; it replaces what the file said before.',
  },
  IMAGE_SIZE: {
    kind: 'file',
    message: 'A record was made on an image of another size',
    hint: 'Scale its boxes to the pixels of the original image, and write the file again.',
  },
  IMAGE_UNKNOWN: {
    kind: 'file',
    message: 'No stored image has this name',
    hint: 'It waits: the next run, or `cxrflow quarantine retry`, applies it when the image has arrived.',
  },
  IMAGE_NOT_UNIQUE: {
    kind: 'file',
    message: 'More than one stored image has this name',
    hint: 'Name the image by its image id, its instance UID, or its path in the source; of several frames, the frame.',
  },
  LABEL_CONFLICT: {
    kind: 'file',
    message: 'A file says two things of one image, label and reader',
    hint: 'The first stays. Correct the file; it replaces what it said before.',
  },
  // threads
  THREAD_CRASHED: {
    kind: 'file',
    message: 'The file ended the thread that worked on it',
    hint: 'Keep a copy and report it; the other files are not concerned.',
  },
  // --- export of a PACS --------------------------------------------------------------------------------
  PACS_UNREACHABLE: {
    kind: 'world',
    message: 'The PACS database does not answer',
    hint: 'Check host and port of its URL and that it runs; the run goes on from where it was.',
  },
  PACS_LOGIN: {
    kind: 'world',
    message: 'The PACS database refused the login',
    hint: 'Check user, password and database name in its URL (databases.NAME.urlFrom names the variable).',
  },
  PACS_QUERY_FAILED: {
    kind: 'input',
    message: 'The PACS database refused the query',
    hint: 'Run the query with psql as the same user; it must be one SELECT. docs/pacs-export.md has an example.',
  },
  PACS_QUERY_SLOW: {
    kind: 'input',
    message: 'The query of the PACS took longer than allowed',
    hint: 'Give it fewer studies or an index, or raise pacsExport.statementTimeout.',
  },
  PACS_COLUMN_MISSING: {
    kind: 'input',
    message: 'The query of the PACS does not return a column that is needed',
    hint: 'Add the named columns to its SELECT list; what the PACS does not have may be NULL AS column.',
  },
  PACS_COLUMN_TWICE: {
    kind: 'input',
    message: 'The query of the PACS returns two columns of one name',
    hint: 'Give one of them another name (AS patient_name_2): the values of both are needed.',
  },
  PACS_NO_ROWS: {
    kind: 'input',
    message: 'The query of the PACS returned no rows',
    hint: 'Check modality, body part and the conditions of the query.',
  },
  PACS_TOO_MANY_ROWS: {
    kind: 'input',
    message: 'The query of the PACS returned more rows than allowed',
    hint: 'Ask for fewer studies (`studies`), or raise pacsExport.maxRows.',
  },
  PACS_ROW_INCOMPLETE: {
    kind: 'file',
    message: 'A row of the PACS has no study_id or no instance_id',
    hint: 'Correct the row in the PACS, or leave it out by the query.',
  },
  PACS_NO_LOCATION: {
    kind: 'file',
    message: 'A row of the PACS has neither file_url nor file_path',
    hint: 'Correct the row in the PACS, or leave it out by the query.',
  },
  DOWNLOAD_REFUSED: {
    kind: 'file',
    message: 'The configuration does not allow to read from this place',
    hint: 'Allow it under pacsExport.download (roots, privateAddresses, redirects) if the place is right.',
  },
  DOWNLOAD_FAILED: {
    kind: 'file',
    message: 'The file could not be downloaded',
    hint: 'Check the server of the files; the next run of the same export tries it again.',
  },
  NEEDS_REVIEW: {
    kind: 'file',
    message: 'A person must look at the image before it leaves: there may be text in its pixels',
    hint: 'Ingest the study and approve the image (`cxrflow review`); the next export then takes it.',
  },
  REPORT_TOO_LARGE: {
    kind: 'file',
    message: 'The report of the study is longer than allowed and was left out',
    hint: 'Raise pacsExport.maxReport if it is a report.',
  },
  REPORT_WITHHELD: {
    kind: 'file',
    message: 'The report was left out: no header and no column says whose names to remove from it',
    hint: 'Export the study again when its images can be read, or let the query return patient_name.',
  },
  // --- world -------------------------------------------------------------------------------------------
  SOURCE_UNREADABLE: {
    kind: 'world',
    message: 'The folder or bucket cannot be listed',
    hint: 'Check that it is mounted and spelt right, and that this user may read it.',
  },
  STORAGE_LOGIN: {
    kind: 'world',
    message: 'The object store refused the credentials',
    hint: 'Check S3_ACCESS_KEY and S3_SECRET_KEY, or GOOGLE_APPLICATION_CREDENTIALS.',
  },
  STORAGE_DENIED: {
    kind: 'world',
    message: 'The object store does not permit this',
    hint: 'Grant the permissions that docs/storage.md lists for this store.',
  },
  BUCKET_MISSING: {
    kind: 'world',
    message: 'There is no such bucket',
    hint: 'Check its name and the endpoint, or create it.',
  },
  STORAGE_UNREACHABLE: {
    kind: 'world',
    message: 'The object store does not answer',
    hint: 'Check the endpoint, the network and that the store is running.',
  },
  DISK_FULL: {
    kind: 'world',
    message: 'There is no space left for this write',
    hint: 'Free some space or raise the quota, then resume the run.',
  },
  OBJECT_CHANGED: {
    kind: 'world',
    message: 'An object was replaced while it was read',
    hint: 'It is read again; if this goes on, another program keeps writing to the source.',
  },
  STORAGE_IO: {
    kind: 'world',
    message: 'The store failed to read or write',
    hint: 'Check the disk or the mount; the named system code says what it reported.',
  },
  CATALOG_UNREACHABLE: {
    kind: 'world',
    message: 'The catalog database does not answer',
    hint: 'Check DATABASE_URL and that the database runs; on one machine, that `cxrflow up` still does.',
  },
  CATALOG_LOGIN: {
    kind: 'world',
    message: 'The catalog database refused the login',
    hint: 'Check user, password and database name in DATABASE_URL.',
  },
  CATALOG_SCHEMA: {
    kind: 'world',
    message: 'The catalog tables are missing, old or not permitted',
    hint: 'Run `cxrflow catalog migrate` with a user that may create tables.',
  },
  CATALOG_BUSY: {
    kind: 'world',
    message: 'The catalog is busy',
    hint: 'Nothing was changed; it is tried again, and a run that gives up can be resumed.',
  },
  CATALOG_FULL: {
    kind: 'world',
    message: 'The catalog database has no space or connections left',
    hint: 'Free some space on it or raise its limits, then resume the run.',
  },
  CATALOG_FAILED: {
    kind: 'world',
    message: 'The catalog database refused a statement',
    hint: 'Report the SQLSTATE named here; nothing of the statement was kept.',
  },
  LEASE_LOST: {
    kind: 'world',
    message: 'Another run has taken over this source',
    hint: 'This run stops; `cxrflow status` shows the run that holds the source.',
  },
  TEMPORAL_UNREACHABLE: {
    kind: 'world',
    message: 'The Temporal server does not answer',
    hint: 'Check TEMPORAL_ADDRESS, TLS and API key, and that the server runs; `cxrflow doctor` tries it.',
  },
  TEMPORAL_NAMESPACE: {
    kind: 'world',
    message: 'The Temporal namespace does not exist',
    hint: 'Create it (`temporal operator namespace create`), or correct TEMPORAL_NAMESPACE.',
  },
  TEMPORAL_CLI: {
    kind: 'world',
    message: 'The Temporal CLI could not be had',
    hint: 'Put `temporal` on the PATH or its path into CXRFLOW_TEMPORAL_CLI, or use a server by TEMPORAL_ADDRESS.',
  },
  OUTPUT_UNWRITABLE: {
    kind: 'world',
    message: 'The output could not be written',
    hint: 'Check permissions and free space of the output folder, then start again: finished files stay.',
  },
  UNEXPECTED: {
    kind: 'world',
    message: 'An unexpected error',
    hint: 'See the worker log at this time; the text is kept out of the history because it may name a patient.',
  },
} as const satisfies Record<string, ErrorRow>;

export type ErrorCode = keyof typeof ERRORS;

/**
 * An error of the registry. `detail` completes the row's message and must be safe to store and log: counts,
 * keywords, codes, public ids; never a path below a source, a header value or a message of another library.
 */
export class CxrError extends Error {
  override readonly name = 'CxrError';
  readonly code: ErrorCode;
  readonly detail: string | undefined;

  constructor(code: ErrorCode, detail?: string, options?: { cause?: unknown }) {
    super(detail ? `${ERRORS[code].message}: ${detail}` : ERRORS[code].message, options);
    this.code = code;
    this.detail = detail;
  }

  get kind(): ErrorKind {
    return ERRORS[this.code].kind;
  }

  get hint(): string {
    return ERRORS[this.code].hint;
  }
}

/** True for an error of the registry, also one that crossed a thread (where classes are lost). */
export function isCxrError(error: unknown): error is CxrError {
  return error instanceof CxrError;
}
