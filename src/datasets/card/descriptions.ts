import { groupsOf } from '../preflight/html.js';
import type { Preflight } from '../preflight/report.js';
import { barsSvg } from './bars.js';
import { croissant } from './croissant.js';
import type { Described } from './describe.js';
import { datasetCard } from './readme.js';
import { tfdsFiles } from './tfds.js';

export interface Description {
  readonly path: string;
  readonly text: string;
  readonly contentType: string;
}

const JSON_TYPE = 'application/json';

/** The files that say what a version is, for people and for their programs; the same bytes for the same version. */
export function descriptions(
  about: Omit<Described, 'quarantined'> & { readonly preflight: Preflight },
): Description[] {
  const { preflight } = about;
  const described: Described = { ...about, quarantined: preflight.quarantined };
  const balance = Object.fromEntries(described.splits.map(({ name, classes }) => [name, classes]));
  const sizes = [
    { name: 'pixels', bars: preflight.sizes.map(({ size, images }) => ({ name: size, value: images })) },
  ];
  const tfds = described.formats.includes('tfrecord') ? tfdsFiles(described) : {};
  return [
    ...Object.entries(tfds).map(([name, text]) => ({
      path: `tfrecords/${name}`,
      text,
      contentType: name.endsWith('.json') ? JSON_TYPE : 'text/plain; charset=utf-8',
    })),
    { path: 'croissant.json', text: croissant(described), contentType: 'application/ld+json' },
    { path: 'README.md', text: datasetCard(described), contentType: 'text/markdown; charset=utf-8' },
    {
      path: 'plots/classes.svg',
      text: barsSvg('Images by class', groupsOf({ classBalance: balance })),
      contentType: 'image/svg+xml',
    },
    { path: 'plots/sizes.svg', text: barsSvg('Images by size of file', sizes), contentType: 'image/svg+xml' },
  ];
}
