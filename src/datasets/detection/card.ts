import type { Agreement, Kappa } from '../agreement.js';
import type { LeakageProof } from './leakage.js';
import { path } from './names.js';
import type { DetectionStatistics } from './statistics.js';

export interface CardFacts {
  readonly dataset: string;
  readonly version: string;
  readonly annotators: string;
  readonly seed: number;
  readonly stratified: boolean;
  readonly size: { readonly width: number; readonly height: number } | undefined;
  readonly fit: string;
  readonly statistics: DetectionStatistics;
  readonly agreement: Agreement;
  readonly leakage: LeakageProof;
  readonly counts: Readonly<Record<'found' | 'done' | 'skipped' | 'ignored' | 'quarantined', number>>;
  /** Images and rows that were left out, by code. */
  readonly quarantined: Readonly<Record<string, number>>;
  readonly plots: readonly string[];
}

/** The card of a version: what it is, what it was made from, and how to read it. */
export function detectionCard(facts: CardFacts): string {
  const { statistics, agreement, leakage, counts } = facts;
  return [
    '---',
    'task_categories: [object-detection]',
    'tags: [chest-x-ray, radiology, object-detection]',
    `pretty_name: ${JSON.stringify(`${facts.dataset} ${facts.version}`)}`,
    '---',
    '',
    `# ${facts.dataset} ${facts.version}`,
    '',
    `Chest X-rays with boxes, ${labels(facts.annotators)}. ${counts.done} images in ${Object.keys(statistics.splits).length} splits, ` +
      `${facts.size ? `${facts.size.width} x ${facts.size.height} pixels (${facts.fit})` : 'at their own size'}, 8-bit grey PNG.`,
    '',
    '## Splits',
    '',
    table(
      ['split', 'images', 'image files', 'patients', 'without boxes', 'boxes'],
      Object.entries(statistics.splits).map(([name, s]) => [
        name,
        s.images,
        s.files,
        s.patients ?? 'unknown',
        s.negatives,
        s.boxes,
      ]),
    ),
    '',
    `Shuffled by a seeded hash (seed ${facts.seed}${facts.stratified ? ', stratified by class' : ''}); sizes by the largest remainder. ` +
      `No patient and no image is in two splits: ${leakage.patients} known patients, ` +
      `${leakage.imagesOfUnknownPatients} images of unknown patients, each split by itself. ` +
      `\`${path.splits}\` lists image, patient (pseudonym) and split, so that anyone can count again. ` +
      'Later versions keep the split of every patient and image.' +
      (leakage.equalPicturesInTwoSplits > 0
        ? ` **${leakage.equalPicturesInTwoSplits} pictures with the same pixels are in different splits under different ids.**`
        : ''),
    '',
    '## Classes',
    '',
    table(
      ['id', 'class', 'images', 'boxes', 'mean area, % of the image'],
      statistics.classes.map(({ id, name, images, boxes, meanArea }) => [
        id,
        name,
        images,
        boxes,
        percent(meanArea),
      ]),
    ),
    '',
    '## Readers',
    '',
    table(
      ['reader', 'images', 'boxes', 'nothing found'],
      Object.entries(statistics.readers).map(([name, r]) => [name, r.images, r.boxes, r.noFinding]),
    ),
    '',
    `Agreement (\`${path.agreement}\`): Fleiss' kappa over the ${agreement.fleiss.n} images that all ${agreement.fleiss.ratings} readers have read` +
      (agreement.fleissPerImage && agreement.fleissPerImage.ratings !== agreement.fleiss.ratings
        ? `, and over the ${agreement.fleissPerImage.n} images that ${agreement.fleissPerImage.ratings} have`
        : '') +
      '; a dash is undefined.',
    '',
    table(
      ['class', 'kappa', 'kappa, as many as most images have'],
      agreement.fleiss.classes.map(({ name, kappa }, i) => [
        name,
        shown(kappa),
        shown(agreement.fleissPerImage?.classes[i]?.kappa ?? null),
      ]),
    ),
    '',
    '## What was mended and left out',
    '',
    table(
      ['rule', 'boxes'],
      [
        ['corners exchanged', statistics.fixes.reversed],
        ['clipped to the image', statistics.fixes.clipped],
        ['doubled, one kept', statistics.fixes.duplicates],
        ['"No finding" beside boxes, ignored', statistics.fixes.contradictions],
      ],
    ),
    '',
    `Images: ${counts.found} found, ${counts.done} in the version, ${counts.skipped} not annotated as asked, ${counts.ignored} files that are no pictures, ${counts.quarantined} quarantined. ` +
      `\`${path.quarantine}\` lists what was left out and why.`,
    '',
    ...(Object.keys(facts.quarantined).length > 0
      ? [table(['code', 'images or rows'], Object.entries(facts.quarantined)), '']
      : []),
    '## Pictures',
    '',
    ...facts.plots.flatMap((name) => [`![${name}](${path.plot(name)})`, '']),
    '## How to read it',
    '',
    '```python',
    'from ultralytics import YOLO',
    `YOLO('yolo11n.pt').train(data='${path.dataYaml}')`,
    '',
    'from pycocotools.coco import COCO',
    `COCO('${path.coco(Object.keys(statistics.splits)[0] ?? 'training')}')  # file_name is below organized/<split>/images`,
    '```',
    '',
    'Boxes are `class_id x_center y_center width height`, normalised, in `organized/<split>/labels`; COCO has them in pixels.',
    '',
    '## Privacy',
    '',
    'Pictures were rendered anew: pixels only, no header, text chunk or EXIF of their source. Patients are keyed pseudonyms. ' +
      'Image ids are those of the table of boxes; ids that were DICOM UIDs were replaced.',
    '',
  ].join('\n');
}

function labels(annotators: string): string {
  if (annotators === 'all') return 'one label file a reader';
  return annotators === 'fused'
    ? 'those of several readers fused (weighted boxes fusion, IoU 0.4, two readers)'
    : `as reader ${annotators} drew them`;
}

function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const line = (cells: readonly (string | number)[]) =>
    `| ${cells.map((cell) => String(cell).replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

const percent = (share: number | null) => (share === null ? '–' : (share * 100).toFixed(2));
const shown = (kappa: Kappa) => (kappa === null ? '–' : kappa.toFixed(3));
