const USER_INFO = /^[a-z][a-z0-9+.-]*:\/\/[^/?#\s]*@/i;
const SIGNED =
  /[?&](x-amz-signature|x-amz-credential|x-goog-signature|x-goog-credential|awsaccesskeyid|signature|sig|token|access_token|password|pwd)=/i;

/** True for a URL that carries a user, a password or a signature: it would end in logs and histories. */
export function hasCredentials(text: string): boolean {
  return USER_INFO.test(text) || (/^[a-z][a-z0-9+.-]*:\/\//i.test(text) && SIGNED.test(text));
}
