import type { Random } from './random.js';

/** A person who never was. Everything here must be gone from what the pipeline writes. */
export interface Patient {
  readonly name: string;
  /** As a person would name the folder. */
  readonly folder: string;
  /** For text in reports and pixels: no component delimiters. */
  readonly family: string;
  readonly given: string;
  readonly id: string;
  readonly otherId: string;
  readonly birthDate: string;
  readonly sex: 'F' | 'M';
  readonly address: string;
  readonly phone: string;
  readonly charset: string;
  readonly anatomySeed: number;
}

const FAMILY = (
  'DOE ROE ACKERMANN BELLWETHER CASTELLANOS DRUMMOND EKSTROEM FAIRWEATHER GOLDSTEIN HAVERSHAM IVANOVA ' +
  'JANKOWSKI KALLAGHAN LINDQVIST MONTGOMERY NAKAGAWA OKONKWO PEMBERTON QUARTERMAINE ROSENTHAL STAVROS ' +
  'TREMBLAY UNDERHILL VANDERBILT WETHERBY XENAKIS YARBOROUGH ZIMMERMANN ABERNATHY BRANNIGAN CROMWELL ' +
  'DELACROIX ELLINGTON FITZGERALD GALLOWAY HOLLOWAY'
).split(' ');
const WOMEN =
  'JANE MARGARETHE ROSALIND THEODORA WILHELMINA OCTAVIA PHILIPPA GENEVIEVE HENRIETTA SERAPHINA'.split(' ');
const MEN =
  'JOHN ARCHIBALD BARTHOLOMEW CORNELIUS FERDINAND LEOPOLD MAXIMILIAN NATHANIEL REGINALD THADDEUS'.split(' ');
const STREETS = ['Maplethorpe Avenue', 'Quarry Hollow Road', 'Bishopsgate Terrace', 'Old Foundry Lane'];
const TOWNS = ['Fernhollow', 'Saint Brannoc', 'Upper Kestrel', 'Northmere'];

/** Names beyond ASCII. The Japanese bytes are ISO 2022 IR 87 as in PS3.5 H.3.1, one latin1 letter a byte. */
const FOREIGN = [
  { charset: 'ISO_IR 100', family: 'Schönhuber', given: 'Jürgen', sex: 'M', folder: 'Schönhuber_Jürgen' },
  {
    charset: 'ISO_IR 192',
    family: 'Łukaszewiczówna',
    given: 'Zofía',
    sex: 'F',
    folder: 'Łukaszewiczówna Zofía',
  },
  {
    charset: '\\ISO 2022 IR 87',
    family: 'Yamada',
    given: 'Tarou',
    sex: 'M',
    folder: 'Yamada_Tarou',
    groups: '=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B=\x1b$B$d$^$@\x1b(B^\x1b$B$?$m$&\x1b(B',
  },
  {
    charset: 'ISO_IR 192',
    family: 'Wang',
    given: 'XiaoDong',
    sex: 'M',
    folder: '王 小東',
    groups: '=王^小東=',
  },
] as const;

/** Patient number `index` of a seed: the first four are DOE^JOHN, DOE^JANE and two more of the plain alphabet. */
export function createPatient(index: number, random: Random): Patient {
  const foreign = index % 9 === 4 ? FOREIGN[((index - 4) / 9) % FOREIGN.length] : undefined;
  const sex = foreign?.sex ?? (index % 2 === 0 ? 'M' : 'F');
  const given = foreign?.given ?? ((sex === 'F' ? WOMEN : MEN)[(index >> 1) % 10] as string);
  const family = foreign?.family ?? (FAMILY[index < 2 ? 0 : (index - 1) % FAMILY.length] as string);
  const year = random.int(1928, 1999);
  const digits = (n: number) => Array.from({ length: n }, () => random.int(0, 9)).join('');
  const middle = foreign || random.chance(0.6) ? '' : `^${random.pick([...'ABCDEFGHKLMPRSTW'])}`;
  return {
    name: `${family}^${given}${middle}${foreign && 'groups' in foreign ? foreign.groups : ''}`,
    folder: foreign?.folder ?? `${family}^${given}`,
    family,
    given,
    id: `MRN${digits(7)}`,
    otherId: `${digits(3)}-${digits(2)}-${digits(4)}`,
    birthDate: `${year}${String(random.int(1, 12)).padStart(2, '0')}${String(random.int(1, 28)).padStart(2, '0')}`,
    sex,
    address: `${random.int(100, 9899)} ${random.pick(STREETS)}, ${random.pick(TOWNS)}`,
    phone: `555-${digits(3)}-${digits(4)}`,
    charset: foreign?.charset ?? 'ISO_IR 100',
    anatomySeed: random.int(1, 2 ** 30),
  };
}
