import type { Dataset, Element } from '../dicom/dataset.js';
import type { Explained } from '../dicom/deidentify/explain.js';
import { isPrivate, keywordOf } from '../dicom/dictionary.js';
import { numbers, tags, textsOf } from '../dicom/values.js';

const BYTES = new Set(['OB', 'OW', 'OD', 'OF', 'OL', 'OV', 'UN']);
const LONGEST = 64;
const MOST_NUMBERS = 16;

/** One element as `dcmdump` writes it, and what the profile would do: `(0010,0010) PN [DOE^J]  # 6 PatientName  -> pseudonym`. */
export function listingLine({ element, dataset, depth, item, action }: Explained): string {
  const indent = '  '.repeat(depth);
  const start = item === undefined ? '' : `${indent.slice(2)}  item ${item}\n`;
  const head = `${indent}${tagText(element)} ${element.vr} ${valueText(element, dataset)}`;
  const arrow = action === 'keep' ? '' : `  -> ${action}`;
  return `${start}${head.padEnd(64)} # ${sizeText(element)} ${nameOf(element)}${arrow}`;
}

export function tagText({ tag }: Element): string {
  return `(${tag.slice(0, 4)},${tag.slice(4)})`;
}

export function nameOf({ tag }: Element): string {
  if (tag.endsWith('0000')) return 'GroupLength';
  return keywordOf(tag) ?? (isPrivate(tag) ? 'private' : 'unknown');
}

function sizeText(element: Element): string {
  if (element.kind === 'sequence') return `${element.items.length} items`;
  if (element.kind === 'value') return String(element.bytes.length);
  return `${element.fragments.length} fragments`;
}

/** Control characters are shown as dots: a file must not command the terminal. */
function valueText(element: Element, dataset: Dataset): string {
  if (element.kind !== 'value') return '';
  if (element.bytes.length === 0) return '(no value)';
  const text = plainText(element, dataset);
  const shown = text.length > LONGEST ? `${text.slice(0, LONGEST)}...` : text;
  return shown.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '.');
}

function plainText(element: Extract<Element, { kind: 'value' }>, dataset: Dataset): string {
  const { tag, vr, bytes } = element;
  if (BYTES.has(vr))
    return Buffer.from(bytes.subarray(0, 16))
      .toString('hex')
      .replace(/..(?=.)/g, '$&\\');
  if (vr === 'AT') return tags(dataset, tag).join('\\');
  const texts = textsOf(element, dataset);
  if (texts.length > 0) return `[${texts.join('\\')}]`;
  const values = bytes.length > 4096 ? [] : (numbers(dataset, tag) ?? []);
  return values.slice(0, MOST_NUMBERS).join('\\') + (values.length > MOST_NUMBERS ? '...' : '');
}
