import { type Client, isGrpcServiceError } from '@temporalio/client';
import type { Logger } from './log.js';

/** What runs can be found by in the Web UI; keywords that carry no patient. */
export const SEARCH_ATTRIBUTES = ['CxrSource', 'CxrStage', 'CxrDatasetVersion'] as const;

/** `IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD` of Temporal's API. */
const KEYWORD = 2;
const ALREADY_EXISTS = 6;

/**
 * Registers the search attributes in the namespace.
 *
 * @returns false where the server refuses (a limit, a missing right, Temporal Cloud, which has its own tool): runs
 * then do without, because an attribute that is not registered leaves a run retrying its task for ever.
 */
export async function registerSearchAttributes(client: Client, log: Logger): Promise<boolean> {
  const { namespace } = client.options;
  const { operatorService } = client.connection;
  try {
    if (await registered()) return true;
    const searchAttributes = Object.fromEntries(SEARCH_ATTRIBUTES.map((name) => [name, KEYWORD]));
    await operatorService.addSearchAttributes({ namespace, searchAttributes });
  } catch (error) {
    // Another worker was faster; whether it succeeded is asked below.
    if (!(isGrpcServiceError(error) && error.code === ALREADY_EXISTS))
      log.debug({ err: error }, 'not registered');
  }
  const there = await registered().catch(() => false);
  if (!there)
    log.warn({ namespace, attributes: SEARCH_ATTRIBUTES }, 'search attributes refused; runs go without them');
  return there;

  async function registered(): Promise<boolean> {
    const { customAttributes } = await operatorService.listSearchAttributes({ namespace });
    return SEARCH_ATTRIBUTES.every((name) => customAttributes?.[name] === KEYWORD);
  }
}
