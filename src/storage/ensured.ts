import { isCxrError } from '../errors.js';

/** Makes a bucket that `check` does not find; that another made it meanwhile is as good. */
export async function ensured(check: () => Promise<unknown>, make: () => Promise<unknown>): Promise<void> {
  try {
    await check();
  } catch (error) {
    if (!isCxrError(error) || error.code !== 'BUCKET_MISSING') throw error;
    await make().catch((failed: unknown) =>
      check().catch(() => {
        throw failed;
      }),
    );
  }
}
