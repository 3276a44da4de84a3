import type { Study } from '../header.js';
import { createRandom } from '../random.js';

export interface ReportFields {
  readonly findings: string;
  readonly impression: string;
}

const FINDINGS = [
  'Heart size is normal. The lungs are clear. No pneumothorax or pleural effusion.',
  'Right lower lobe opacity of 32 x 24 mm, suspicious for pneumonia. Heart size is at the upper limit, CTR 0.51.',
  'Small left pleural effusion. Median sternotomy wires are intact. ET tube 4.2 cm above the carina.',
  'Hyperinflated lungs. Stable 4 mm granuloma in the left upper lobe. Wedge deformity at T12-L1.',
];
const IMPRESSIONS = [
  'No acute cardiopulmonary process.',
  'Right lower lobe pneumonia. Follow-up in 6 weeks.',
  'Small left effusion, unchanged.',
  'Emphysema. No consolidation.',
];

/** A report as a radiologist dictates it: findings, and around them everything that names the patient. */
export function reportOf(study: Study, seed: number): ReportFields {
  const random = createRandom(seed);
  const { patient } = study;
  const i = random.int(0, FINDINGS.length - 1);
  const day = (date: string) => `${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6)}`;
  const person = (name: string) => {
    const [family = '', given = ''] = name.split('^');
    return `${given} ${family}`.trim();
  };
  return {
    findings: [
      `CHEST X-RAY of ${patient.given} ${patient.family} (${patient.id}), born ${day(patient.birthDate)}.`,
      `Accession ${study.accession}, ${study.hospital.name}. Compared with ${day(study.date)}.`,
      `FINDINGS: ${FINDINGS[i]}`,
    ].join('\n'),
    impression: [
      `IMPRESSION: ${IMPRESSIONS[i]}`,
      `Findings were discussed with Dr. ${person(study.referrer)}; ${patient.family.toUpperCase()} can be reached at ${patient.phone}.`,
      '',
      `Electronically signed by: ${person(study.reader)}, MD ${day(study.date)} 10:15`,
    ].join('\n'),
  };
}

/** What of those reports is medicine and must stay. */
export const KEPT_TEXTS: readonly string[] = [...FINDINGS, ...IMPRESSIONS];
