/**
 * Secrets of no known form: what is assigned to a name that sounds secret, and strings that look as if a generator had made them. Guesses,
 * all of them: they block only where they are new, and may be silenced in their line.
 */
import { type Assignment, assignmentAt } from './assignment.js';
import { isIdentifier, isPlaceholder } from './placeholders.js';
import { entropy, isHex, isUuid, mixture, wordiness } from './wording.js';
import { isCommon, isPlainData } from './worth.js';

/** Looked for together with the keywords of the provider rules. */
export const secretWords = [
  ...['password', 'passwd', 'passphrase', 'passwort', 'pwd', 'userpass', 'dbpass', 'db_pass', '_pass', 'contrase'],
  ...[
    'secret',
    'token',
    'api_key',
    'apikey',
    'api-key',
    'access_key',
    'accesskey',
    'access-key',
    'auth_key',
    'authkey',
    'auth-key',
  ],
  ...[
    'private_key',
    'privatekey',
    'private-key',
    'encryption_key',
    'encryptionkey',
    'encryption-key',
    'signing_key',
    'signingkey',
  ],
  ...['credential', 'master_key', 'masterkey', 'hmac_key', 'app_key', 'appkey', 'webhook_key', 'license_key'],
] as const;

const passwordName = /pass(?:w(?:or)?d|wort|phrase|code)?|pwd|contrase/i;
/**
 * Behind these, a name is about a secret and does not hold it: `token_url`, `passwordLabel`, `secretName`. Looked up, as an expression of so many
 * words takes longer to compile than most commits take to be looked at.
 */
export const aboutWords: ReadonlySet<string> = new Set(
  `action age alg algorithm arn at attr attribute audience changed checksum class classname column config
  confirm confirmation cookie count created date desc description digest dir disabled element enabled endpoint
  env error errors event factory field fields file filename files folder form format handler hash hashed header
  headers help hint host id ids index input interval invalid issuer kind label len length lifetime limit link
  manager max message middleware min mode msg name names on options page params path paths pattern placeholder
  policy port prefix prompt prop property provider pub public ref reference regex regexp required reset route
  rule rules schema scope scopes selector separator service settings size source state status storage store
  strategy strength suffix table text time timeout title ttl type types updated uri url urls usage valid
  validator var variable version view visible`.split(/\s+/),
);
const longestAbout = Math.max(...Array.from(aboutWords, (word) => word.length));
const aboutTime = /[_.a-z-]expir\w{0,6}\d{0,2}$/i;

/** Whether a name ends in such a word, with up to two digits behind it. */
export function isAboutSecret(name: string): boolean {
  const lower = name.toLowerCase();
  for (let end = lower.length; end >= lower.length - 2 && end > 1; end--) {
    for (let start = end - 2; start > 0 && end - start <= longestAbout; start--) {
      if (aboutWords.has(lower.slice(start, end)) && /[_.a-z-]/.test(lower[start - 1] ?? '')) return true;
    }
    if (!/\d/.test(lower[end - 1] ?? '')) break;
  }
  return aboutTime.test(name);
}
const publicName =
  /public|pub_?key|publishable|site_?key|csrf|xsrf|nonce|token_?type|sort_?key|primary_?key|foreign_?key|partition_?key|cache_?key|keyboard|tokeni[sz]|detokeni|secretar|salted|compass|bypass|passthrough|passive|passenger|passport\b|^(?:test|fake|dummy|example|sample|mock)[_-]|(?:next|page|paging|pagination|continuation|change|sync|resume|scroll|request|client|idempotency|delta|cancell?ation)[_-]?token/i;
/** Subresource integrity, and what is written like it. */
const digest = /^(?:sha|md|blake)\w{1,4}[-:]/i;
/** Lines that tell what their hexadecimal digits are. */
const digestLine = /sha-?\d|md5|checksum|integrity|digest|commit|revision|\brev\b|etag|fingerprint|\bhash/i;

/** Configuration, where values need no quotation marks. Not programs, where what has none is an expression. */
export const configuration =
  /(?:^|\/)(?:\.env[^/]*|[^/]*\.(?:env|ya?ml|ini|cfg|conf|config|cnf|properties|props|toml|tfvars|sh|bash|zsh|fish|envrc|ps1|bat|cmd|txt|md|rst|netrc|pgpass|npmrc|pypirc|service|xml|plist|csv|log|http|rest)|dockerfile[^/]*|makefile|jenkinsfile|procfile|[^/.]+)$/i;

const colon = 0x3a;
const longestPassword = 128;
const shortestPassword = 6;
const shortestToken = 12;

/** Bits a character below which a text repeats itself more than random text of its length and alphabet does. */
const leastEntropy = (text: string) => Math.min(isHex(text) ? 3 : 3.4, Math.log2(text.length) - 0.9);

/** Whether a text is worth hiding although nobody knows its form: letters and digits, more mixed than people write. */
export function looksGenerated(text: string): boolean {
  const { digits, letters, changes } = mixture(text);
  if (letters < 2 || entropy(text) < leastEntropy(text)) return false;
  if (digits === 0) return text.length >= 16 && changes * 3 >= text.length && wordiness(text) < -0.5;
  if (isHex(text)) return text.length >= 16 && digits >= 2;
  return digits >= 2 ? changes >= 3 && wordiness(text) < 0.3 : changes >= 5 && wordiness(text) < 0;
}

function isPassword(value: string): boolean {
  if (value.length < shortestPassword || value.length > longestPassword || isUuid(value)) return false;
  const { kinds, digits, letters } = mixture(value);
  if (letters === 0) return digits >= 8 && kinds === 1;
  return kinds >= 2 && (digits > 0 || (kinds >= 3 && /[^\w.:/ -]/.test(value)));
}

function isToken(value: string, line: string): boolean {
  if (value.length < shortestToken || isUuid(value)) return false;
  if ((isHex(value) && digestLine.test(line)) || digest.test(value)) return false;
  return looksGenerated(value);
}

/** The line around an offset, as far as it matters. */
export function lineAround(text: string, at: number): string {
  const before = text.slice(Math.max(0, at - 300), at);
  const after = text.slice(at, at + 300);
  const end = after.search(/[\r\n]/);
  return (
    before.slice(Math.max(before.lastIndexOf('\n'), before.lastIndexOf('\r')) + 1) +
    (end < 0 ? after : after.slice(0, end))
  );
}

/** Whether the word that was found stands in the last part of the name, and that part is no name of something about a secret. */
function isSecretName({ name, start }: Assignment, text: string, word: number): boolean {
  const dot = name.lastIndexOf('.') + 1;
  // Names of types are no places for secrets: `AWS::IAM::AccessKey`.
  const isType = text.charCodeAt(start - 1) === colon && text.charCodeAt(start - 2) === colon;
  return word >= start + dot && !isType && !isAboutSecret(name.slice(dot)) && !publicName.test(name);
}

/** Operators behind which a value without quotation marks is one. */
const assigns = /^(?:=|:|:=|>|=>| )$/;

function mayBeValue({ value, quoted, operator }: Assignment, path: string): boolean {
  if (value.length < shortestPassword || /\s/.test(value) || !/^[\x21-\x7e]+$/.test(value)) return false;
  if (quoted)
    return operator !== ',' && operator !== '(' ? !/[{}()]/.test(value) || operator !== ' ' : looksGenerated(value);
  // A word alone behind a space is prose, unless it looks like nothing else.
  return configuration.test(path) && assigns.test(operator) && (operator !== ' ' || looksGenerated(value));
}

/** Whether what is assigned may be a secret; `path` tells a program from configuration. */
function isAssignedSecret(assigned: Assignment, text: string, word: number, path: string): boolean {
  const { value, name } = assigned;
  if (!isSecretName(assigned, text, word) || !mayBeValue(assigned, path)) return false;
  if (isIdentifier(value) || isPlainData(value) || isCommon(value) || isPlaceholder(value)) return false;
  if (value.toLowerCase().includes(name.toLowerCase()) || name.toLowerCase().endsWith(value.toLowerCase()))
    return false;
  return passwordName.test(name) ? isPassword(value) : isToken(value, lineAround(text, assigned.valueStart));
}

/** The secret that is assigned where a secret word stands; null when it is none. */
export function assignedSecret(text: string, start: number, end: number, path: string): Assignment | null {
  const assigned = assignmentAt(text, start, end);
  return assigned !== null && isAssignedSecret(assigned, text, start, path) ? assigned : null;
}
