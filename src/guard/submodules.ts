/** Where submodules come from: a URL in .gitmodules is read by everybody, its user and password too. */
import { looksGenerated } from './generic.js';
import { mask } from './mask.js';
import { isReference } from './placeholders.js';

const url = /^[ \t]*url[ \t]*=[ \t]*"?[a-z][a-z0-9+.-]{0,20}:\/\/([^\s/@:]{1,256})(?::[^\s/@]{0,256})?@/gim;

/** Tokens that stand as user names in the URLs of submodules. Passwords there are found like those in any URL. */
export function submoduleSecrets(
  path: string,
  content: Uint8Array,
): { readonly offset: number; readonly what: string; readonly masked: string }[] {
  if (!/(?:^|\/)\.gitmodules$/i.test(path)) return [];
  const text = Buffer.from(content).toString('latin1');
  return [...text.matchAll(url)].flatMap((found) => {
    const user = found[1] ?? '';
    if (user.length < 16 || isReference(user) || !looksGenerated(user)) return [];
    const offset = found.index + found[0].indexOf(`//${user}`) + 2;
    return [{ offset, what: 'a token in the URL of a submodule', masked: mask(Buffer.from(user, 'latin1')) }];
  });
}
