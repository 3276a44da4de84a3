import { makePicture, type Picture, type PictureSettings } from '../../../datasets/detection/picture.js';
import { type DeviceRule, loadDeviceRules, parseDeviceRules } from '../../../dicom/burnin/rules.js';

export interface LabelledInput {
  readonly bytes: Uint8Array;
  readonly settings: Omit<PictureSettings, 'deviceRules'> & {
    /** YAML; without it the shipped rules. */
    readonly deviceRules: string | undefined;
  };
}

/** The picture step of a thread; device rules are parsed once. */
export function createPictureTask(): (input: LabelledInput) => Promise<Picture> {
  const parsed = new Map<string | undefined, readonly DeviceRule[]>();
  const rulesOf = (text: string | undefined) => {
    const rules = parsed.get(text) ?? (text === undefined ? loadDeviceRules() : parseDeviceRules(text));
    parsed.set(text, rules);
    return rules;
  };
  return ({ bytes, settings }) =>
    makePicture(bytes, { ...settings, deviceRules: rulesOf(settings.deviceRules) });
}
