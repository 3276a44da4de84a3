import type { LifecycleRule } from '../bucket.js';
import { field } from './xml.js';

/** Rules that cxrflow made are known by their id; all others are passed on as they are written. */
const OURS = 'cxrflow';

export interface WrittenRule {
  readonly xml: string;
  readonly rule: LifecycleRule;
}

export function isOurs(xml: string): boolean {
  const id = field(xml, 'ID');
  return id === OURS || id.startsWith(`${OURS} `);
}

/** The rules of `GET ?lifecycle`, each with its own text. */
export function parseLifecycle(xml: string): readonly WrittenRule[] {
  return [...xml.matchAll(/<Rule>(.*?)<\/Rule>/gs)].map(([whole, content = '']) => {
    const days = (element: string, inner: string) =>
      Number(field(new RegExp(`<${element}>(.*?)</${element}>`, 's').exec(content)?.[1] ?? '', inner)) ||
      undefined;
    const deleteNoncurrentDays = days('NoncurrentVersionExpiration', 'NoncurrentDays');
    const abortUploadDays = days('AbortIncompleteMultipartUpload', 'DaysAfterInitiation');
    const rule: LifecycleRule = {
      prefix: field(content, 'Prefix'),
      ...(deleteNoncurrentDays !== undefined && { deleteNoncurrentDays }),
      colder: [...content.matchAll(/<Transition>(.*?)<\/Transition>/gs)].map(([, step = '']) => ({
        days: Number(field(step, 'Days')),
        storageClass: field(step, 'StorageClass'),
      })),
      ...(abortUploadDays !== undefined && { abortUploadDays }),
      ...(isOurs(whole) ? {} : { foreign: field(content, 'ID') || 'without id' }),
    };
    return { xml: whole, rule };
  });
}

export function ruleXml({ prefix, deleteNoncurrentDays, colder, abortUploadDays }: LifecycleRule): string {
  return [
    `<Rule><ID>${escapeXml(prefix === '' ? OURS : `${OURS} ${prefix}`.slice(0, 255))}</ID>`,
    `<Status>Enabled</Status><Filter><Prefix>${escapeXml(prefix)}</Prefix></Filter>`,
    ...colder.map(
      ({ days, storageClass }) =>
        `<Transition><Days>${days}</Days><StorageClass>${escapeXml(storageClass)}</StorageClass></Transition>`,
    ),
    deleteNoncurrentDays === undefined
      ? ''
      : `<NoncurrentVersionExpiration><NoncurrentDays>${deleteNoncurrentDays}</NoncurrentDays></NoncurrentVersionExpiration>`,
    abortUploadDays === undefined
      ? ''
      : `<AbortIncompleteMultipartUpload><DaysAfterInitiation>${abortUploadDays}</DaysAfterInitiation></AbortIncompleteMultipartUpload>`,
    '</Rule>',
  ].join('');
}

export function lifecycleXml(rules: readonly string[]): string {
  return `<LifecycleConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${rules.join('')}</LifecycleConfiguration>`;
}

function escapeXml(text: string): string {
  return text.replace(/[<>&'"]/g, (c) => `&#${c.charCodeAt(0)};`);
}
