import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { type Explained, explain } from '../../dicom/deidentify/explain.js';
import { jsonValue } from '../../dicom/json.js';
import { readDicom } from '../../dicom/read.js';
import { CxrError } from '../../errors.js';
import { listingLine, nameOf, tagText } from '../listing.js';
import { EXIT, print, printJson } from '../output.js';
import { openProfile } from '../profile-file.js';

export const command = new Command('inspect')
  .description('List a DICOM file, with what a de-identification profile would do to each element.')
  .argument('<file>', 'a DICOM file; its values, the patient too, are printed')
  .option('--profile <name|file>', 'basic, research, or a YAML file', 'research')
  .option('--json', 'print one JSON object')
  .addHelpText(
    'after',
    `
Examples:
  cxrflow inspect film.dcm
  cxrflow inspect film.dcm --profile hospital.yaml --json`,
  )
  .action((path: string, flags: { profile: string; json?: boolean }) => {
    const profile = openProfile(flags.profile);
    const file = readDicom(readBytes(path));
    const elements = [...explain(file, profile)];
    if (flags.json) {
      printJson({
        transferSyntax: file.transferSyntax,
        byteLength: file.byteLength,
        profile: profile.name,
        elements: elements.map(jsonOf),
      });
    } else {
      print(`# ${file.transferSyntax}, ${file.byteLength} bytes; -> what profile ${profile.name} would do`);
      for (const element of elements) print(listingLine(element));
    }
    process.exitCode = EXIT.done;
  });

/** An element by itself; items follow their sequence, one deeper. */
function jsonOf(explained: Explained) {
  const { element, depth, item, action } = explained;
  const values = element.kind === 'value' ? jsonValue(element, explained.dataset) : undefined;
  return {
    tag: tagText(element),
    vr: element.vr,
    keyword: nameOf(element),
    depth,
    ...(item !== undefined && { item }),
    ...(values !== undefined && { value: values }),
    ...(element.kind === 'value' && { length: element.bytes.length }),
    ...(element.kind === 'sequence' && { items: element.items.length }),
    ...(element.kind === 'fragments' && { fragments: element.fragments.length }),
    action,
  };
}

function readBytes(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new CxrError('BAD_INPUT', `FILE cannot be read (${code})`, { cause: error });
  }
}
