/** Elements whose stated VR contradicts the registry (PS3.6): what a rule is for must not depend on it. */
import type { Element } from '../dataset.js';
import { isPrivate, vrOf } from '../dictionary.js';

const STRINGS = new Set('AE AS CS DA DS DT IS LO LT PN SH ST TM UC UI UR UT'.split(' '));
/** Below the space: TAB, LF, FF, CR and ESC belong to text (PS3.5 6.1.3), NUL pads it. */
const CONTROLS = new Set([0, 9, 10, 12, 13, 27]);
const LONGEST_LOOK = 4096;

/** The element with the registered VR where that is one of text and the value may be text; else as it is. */
export function asRegistered(element: Element): Element {
  if (element.kind !== 'value' || element.vr === 'UN' || isPrivate(element.tag)) return element;
  const registered = vrOf(element.tag);
  if (registered === element.vr || !STRINGS.has(registered)) return element;
  if (!STRINGS.has(element.vr)) {
    const head = element.bytes.subarray(0, LONGEST_LOOK);
    if (head.length === 0 || head.some((byte) => byte < 0x20 && !CONTROLS.has(byte))) return element;
  }
  return { ...element, vr: registered };
}
