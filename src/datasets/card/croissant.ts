import { type Described, describedAs } from './describe.js';

/** The `@context` of Croissant 1.1, as its specification prints it. */
const CONTEXT = {
  '@language': 'en',
  '@vocab': 'https://schema.org/',
  arrayShape: 'cr:arrayShape',
  citeAs: 'cr:citeAs',
  column: 'cr:column',
  conformsTo: 'dct:conformsTo',
  containedIn: 'cr:containedIn',
  cr: 'http://mlcommons.org/croissant/',
  rai: 'http://mlcommons.org/croissant/RAI/',
  data: { '@id': 'cr:data', '@type': '@json' },
  dataType: { '@id': 'cr:dataType', '@type': '@vocab' },
  dct: 'http://purl.org/dc/terms/',
  description: { '@container': '@language' },
  equivalentProperty: 'cr:equivalentProperty',
  examples: { '@id': 'cr:examples', '@type': '@json' },
  extract: 'cr:extract',
  field: 'cr:field',
  fileProperty: 'cr:fileProperty',
  fileObject: 'cr:fileObject',
  fileSet: 'cr:fileSet',
  format: 'cr:format',
  includes: 'cr:includes',
  isArray: 'cr:isArray',
  isLiveDataset: 'cr:isLiveDataset',
  jsonPath: 'cr:jsonPath',
  key: 'cr:key',
  md5: 'cr:md5',
  name: { '@container': '@language' },
  parentField: 'cr:parentField',
  path: 'cr:path',
  recordSet: 'cr:recordSet',
  references: 'cr:references',
  regex: 'cr:regex',
  repeated: 'cr:repeated',
  replace: 'cr:replace',
  samplingRate: 'cr:samplingRate',
  sc: 'https://schema.org/',
  separator: 'cr:separator',
  source: 'cr:source',
  subField: 'cr:subField',
  transform: 'cr:transform',
};

type Field = readonly [column: string, dataType: string, more?: object];

/**
 * Croissant 1.1 JSON-LD of a version, for `croissant.json` in its folder; the record sets are the splits of the Parquet
 * files. Licence, address and date are the owner's to state (`datasets.publication` of the configuration): without, none is
 * claimed.
 */
export function croissant(described: Described): string {
  const { dataset, version, splits, formats, picture } = described;
  const parquet = formats.includes('parquet') ? splits : [];
  const fields: readonly Field[] = [
    ['image_id', 'sc:Text'],
    ['label', 'cr:Int64'],
    ['class_name', 'sc:Text'],
    ['split', 'sc:Text'],
    ['source', 'sc:Text'],
    ['image_shape', 'cr:Int64', { isArray: true, arrayShape: '3' }],
    ['image', 'sc:Text'],
  ];
  const value = {
    '@context': CONTEXT,
    '@type': 'sc:Dataset',
    name: dataset,
    description: describedAs(described),
    conformsTo: 'http://mlcommons.org/croissant/1.1',
    version: semantic(version),
    alternateName: version,
    ...publicationOf(described),
    distribution: [
      ...parquet.map(({ name }) =>
        fileSet(`parquet-${name}`, 'application/x-parquet', `parquet/${name}/*.parquet`),
      ),
      ...(formats.includes('tfrecord') ? splits : []).map(({ name }) =>
        fileSet(`tfrecord-${name}`, 'application/x-tfrecord', `tfrecords/${name}/*.tfrecord`),
      ),
    ],
    recordSet: parquet.map(({ name }) => ({
      '@type': 'cr:RecordSet',
      '@id': name,
      name,
      key: { '@id': `${name}/image_id` },
      field: [
        ...fields.map(([column, dataType, more]) => field(name, column, dataType, { column }, more)),
        ...(picture
          ? [
              field(name, 'picture', 'sc:ImageObject', { column: 'picture' }, undefined, {
                jsonPath: 'bytes',
              }),
            ]
          : []),
      ],
    })),
  };
  return `${JSON.stringify(value, null, 2)}\n`;
}

function publicationOf({ dataset, version, publication }: Described) {
  const { license, url, creator, citeAs = `${dataset} ${version}`, datePublished } = publication;
  return {
    citeAs,
    ...(license !== undefined && { license }),
    ...(url !== undefined && { url }),
    ...(creator !== undefined && { creator: { '@type': 'sc:Organization', name: creator } }),
    ...(datePublished !== undefined && { datePublished }),
  };
}

function fileSet(id: string, encodingFormat: string, includes: string) {
  return { '@type': 'cr:FileSet', '@id': id, name: id, encodingFormat, includes };
}

function field(
  split: string,
  name: string,
  dataType: string,
  extract: object,
  more: object = {},
  transform?: object,
) {
  const source = { fileSet: { '@id': `parquet-${split}` }, extract, ...(transform && { transform }) };
  return { '@type': 'cr:Field', '@id': `${split}/${name}`, name, dataType, ...more, source };
}

/** Croissant asks for MAJOR.MINOR.PATCH. */
function semantic(version: string): string {
  const [, major = '1', minor = '0', patch = '0'] = /^v?(\d+)\.(\d+)(?:\.(\d+))?$/.exec(version) ?? [];
  return `${major}.${minor}.${patch}`;
}
