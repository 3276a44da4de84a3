import { addVersion, modelVersion } from '../../catalog/models.js';
import type { Catalog } from '../../catalog/open.js';
import { CxrError } from '../../errors.js';
import { FEATURE_COUNT, FEATURES_VERSION } from '../../imaging/quality/features.js';
import { modelReference, referenceText } from '../../models/registry/reference.js';
import { identityOf, inspectModel, type Registrable } from '../../models/registry/registrable.js';
import type { Declared } from '../../models/types.js';
import { uriOf } from '../../storage/open.js';
import type { ObjectStore } from '../../storage/port.js';

export interface RegisterInput {
  readonly name: string;
  /** The ONNX file. */
  readonly bytes: Uint8Array;
  /** What the metadata of the file does not say. */
  readonly declared?: Declared | undefined;
  /** Model card, Markdown. */
  readonly card?: string | undefined;
  readonly metrics?: Readonly<Record<string, unknown>> | undefined;
  /** Dataset version that it was trained on, as its URI or `name@version`. */
  readonly dataset?: string | undefined;
  /** Model version that it came from, `name@v1`; it must be in the registry. */
  readonly parent?: string | undefined;
  readonly who: string;
  readonly codeVersion: string;
  readonly runId?: string | undefined;
}

export interface Registered {
  readonly name: string;
  readonly version: number;
  /** `name@v3` */
  readonly model: string;
  readonly uri: string;
  readonly sha256: string;
  readonly declaration: Registrable['declaration'];
  /** False where this very version was there already. */
  readonly added: boolean;
}

/**
 * What can be refused without the registry: the name, and a model that does not fit what is declared.
 *
 * @throws CxrError BAD_INPUT, and those of `inspectModel`
 */
export async function checkModel(
  input: Pick<RegisterInput, 'name' | 'bytes' | 'declared' | 'parent'>,
): Promise<Registrable> {
  const { version } = modelReference(input.name);
  if (version !== undefined) throw new CxrError('BAD_INPUT', 'the registry gives the version itself');
  if (input.parent !== undefined) modelReference(input.parent);
  const quality = { featureCount: FEATURE_COUNT, featuresVersion: FEATURES_VERSION };
  return inspectModel(input.bytes, input.declared ?? {}, quality);
}

/**
 * Puts a model into the registry as a candidate: checks it, writes the file under its hash, then the row. Registering
 * the same bytes, card, metrics and lineage again gives the version that is there.
 *
 * @param checked where the caller has done so already
 * @throws CxrError those of `checkModel` and the store; MODEL_UNKNOWN (the parent)
 */
export async function registerModel(
  { catalog, objects }: { readonly catalog: Catalog; readonly objects: ObjectStore },
  input: RegisterInput,
  checked?: Registrable,
): Promise<Registered> {
  const { sha256, declaration } = checked ?? (await checkModel(input));
  const { name, bytes, declared = {}, card = '', metrics = {}, dataset } = input;
  const parent = await parentOf(catalog, input.parent);
  const key = `models/${name}/${sha256}.onnx`;
  await writeOnce(objects, key, bytes);
  const uri = uriOf(objects.root, key);
  const identity = identityOf({ sha256, declared, card, metrics, dataset, parent });
  const { who, codeVersion, runId } = input;
  const { version, added } = await catalog.transaction((trx) =>
    addVersion(trx, {
      ...{ name, identity, uri, sha256, bytes: bytes.length, declaration, declared, card, metrics },
      ...{ dataset, parent, who, codeVersion, runId },
    }),
  );
  return { name, version, model: referenceText(name, version), uri, sha256, declaration, added };
}

async function parentOf({ db }: Catalog, text: string | undefined): Promise<string | undefined> {
  if (text === undefined) return undefined;
  const { name, version } = modelReference(text);
  const row = await modelVersion(db, name, version);
  return referenceText(row.name, row.version);
}

/** The key is the hash of the content: what is there already is the same. */
async function writeOnce(objects: ObjectStore, key: string, bytes: Uint8Array): Promise<void> {
  try {
    await objects.write(key, bytes, { ifAbsent: true, contentType: 'application/octet-stream' });
  } catch (error) {
    if (!(error instanceof CxrError) || error.code !== 'ALREADY_EXISTS') throw error;
  }
}
