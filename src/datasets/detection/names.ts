/** Where the files of a detection dataset lie, relative to the folder of its version. */
export const path = {
  image: (split: string, name: string) => `organized/${split}/images/${name}.png`,
  labels: (split: string, name: string) => `organized/${split}/labels/${name}.txt`,
  coco: (split: string) => `organized/annotations/instances_${split}.json`,
  dataYaml: 'organized/data.yaml',
  agreement: 'agreement.json',
  statistics: 'statistics.json',
  splits: 'splits.csv',
  quarantine: 'quarantine.csv',
  card: 'README.md',
  plot: (name: string) => `plots/${name}.svg`,
} as const;
