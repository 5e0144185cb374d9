/** Which values are worth knowing: those that would be somebody's secret if they turned up elsewhere, and not everybody's word. */

/** Shorter text occurs by accident: in 34 MB of source code random values of 5 characters do, of 6 do not. */
const shortest = 6;
/** Numbers of 6 digits occur in 1.3 % of cases. */
const shortestNumber = 8;
/** Fewer different characters are padding or a pattern: `00000000`, `********`. */
const fewestDistinct = 4;
const shortestRandom = 16;
/** Text of this length does not occur inside other text by accident, random or not. */
const longText = 32;

/** Values that stand in configuration everywhere. Lower case. */
const commonValues = new Set(
  `false undefined default defaults example examples sample testing development develop staging production preview sandbox
  localhost username password passwd passphrase secret secrets changeme change-me change_me changeit placeholder redacted hidden
  administrator postgres postgresql mongodb mariadb sqlite sqlite3 rabbitmq elasticsearch memcached dynamodb cassandra
  master public private enabled disabled enable disable optional required warning verbose console string number boolean object
  integer buffer unknown nothing anonymous nobody service services server client database databases account accounts api-key
  api_key apikey access_key secret_key private_key public_key access_token refresh_token client_secret client_id bearer
  oauth2 openid hs256 sha256 sha512 sha-256 aes-256-gcm ed25519 curve25519 utf-16 us-ascii iso-8859-1 application/json
  text/plain https http:// https:// sslmode require prefer verify-full verify-ca strict secure inherit automatic manual
  normal custom internal external primary secondary replica cluster global regional standard premium enterprise community
  123456 1234567 12345678 123456789 1234567890 qwerty abcdef abcdefgh letmein welcome password1 password123 passw0rd p@ssw0rd
  admin123 root123 test123 testtest test1234 secret123 dummy-value not-a-secret your-secret-here`.split(/\s+/),
);

/** Last words of keys whose values are names of things, when they look like names. */
const namingWords = new Set(
  `name user username login host hostname server database db schema table collection region zone env environment stage level mode type kind driver
  dialect engine adapter scheme protocol bucket queue topic exchange vhost provider issuer audience role locale lang language
  timezone tz charset encoding collation url uri endpoint path dir directory folder file filename email mail mailer from to
  sender title description label format version algorithm alg cipher comment note service app application project cluster
  namespace account owner org organization organisation team company domain site origin prefix suffix class package module
  color colour theme style unit currency country city state status policy strategy plan tier channel`.split(/\s+/),
);

const secretKey =
  /pass|pwd|secret|token|credential|private|api[-_. ]?key|access[-_. ]?key|auth|salt|signature|(?:^|[^a-z])(?:pin|dsn|otp|seed|sid|psk|jwt|mnemonic|license)(?:$|[^a-z])/i;

/** The words of a key: `dbUserName`, `DB_USER_NAME` and `db.user-name` all end in `name`. */
function lastWord(key: string): string {
  const words = key.replace(/([a-z0-9])([A-Z])/g, '$1 $2').split(/[^A-Za-z0-9]+/);
  return (words.filter((word) => /[A-Za-z]/.test(word)).at(-1) ?? '').toLowerCase();
}

function distinctCharacters(text: string): number {
  return new Set(text).size;
}

/** Several of letters small and large and digits, changing often: what generators make and people do not. */
export function looksRandom(text: string): boolean {
  if (text.length < shortestRandom || distinctCharacters(text) < 8) return false;
  const kind = (c: string) => (/[a-z]/.test(c) ? 'a' : /[A-Z]/.test(c) ? 'A' : /\d/.test(c) ? '0' : '.');
  const kinds = Array.from(text.slice(0, 256), kind).filter((k) => k !== '.');
  const changes = kinds.filter((k, i) => i > 0 && k !== kinds[i - 1]).length;
  const digits = kinds.filter((k) => k === '0').length;
  return digits >= 2 && digits < kinds.length && changes * 5 >= kinds.length;
}

/** Words of letters joined by single marks, `feature-flags` or `Main Street 12`: a name rather than a secret. */
function looksLikeWords(text: string): boolean {
  return text.split(/[\s._/:-]/).every((word) => /^(?:[A-Z]?[a-z]+|[A-Z]+)?\d{0,4}$/.test(word));
}

const templates = [
  /\$\{[^{}]*\}/,
  /\{\{[^{}]*\}\}/,
  /<%[^%]*%>/,
  /%\([^()]*\)s/,
  /^\$[A-Za-z_]\w*$/,
  /^%\w+%$/,
  /^<[^<>]*>$/,
];
const isTemplate = (text: string) => templates.some((template) => template.test(text));
const isUrl = (text: string) => /^[a-z][a-z0-9+.-]{0,20}:\/\//i.test(text);
const isEmail = (text: string) => /^[^\s@:/]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}$/.test(text);
const isPath = (text: string) =>
  /^(?:~|\.{1,2}|[A-Za-z]:)?[\\/][\w .@\\/-]*$/.test(text) && !text.split(/[\\/]/).some(looksRandom);
const isHostName = (text: string) =>
  /^[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+(?::\d{1,5})?$/.test(text) && !text.split('.').some(looksRandom);
const isNumberLike = (text: string) => /^[-+v]?\d+(?:\.\d+)+(?:[-+][a-z0-9.]{1,20})?(?:[/:]\d{1,5})?$/i.test(text);
const isDate = (text: string) => /^\d{4}-\d\d-\d\d(?:[T ][\d:.]+(?:Z|[+-]\d\d:?\d\d)?)?$/.test(text);
const isRegion = (text: string) => /^[a-z]{2,9}(?:-[a-z]+){1,3}-?\d[a-z]?$/.test(text);

// Recipients of age, and the wire form of SSH public keys (RFC 4253, 6.6) in base64: they are in every vault's roster.
const isPublicKey = (text: string) =>
  /^age1(?:[a-z][a-z0-9-]*1)?[02-9ac-hj-np-z]{50,}$/.test(text) ||
  /^(?:(?:ssh|ecdsa)-[\w-]{1,30} )?AAAA[A-E]\w/.test(text);

function isEverybodys(text: string): boolean {
  if (text.length < shortest || distinctCharacters(text) < fewestDistinct) return true;
  // Round numbers are durations and limits: 86400000 is a day.
  if (/^\d+$/.test(text) && (text.length < shortestNumber || /0{4}$/.test(text))) return true;
  return (
    commonValues.has(text.toLowerCase()) || isTemplate(text) || isDate(text) || isNumberLike(text) || isPublicKey(text)
  );
}

export const isCommon = (text: string): boolean => commonValues.has(text.toLowerCase());

/** Data of a kind that its form tells: templates, addresses, places, dates, versions, public keys. */
export function isPlainData(text: string): boolean {
  const kinds = [isTemplate, isUrl, isEmail, isPath, isHostName, isNumberLike, isDate, isRegion, isPublicKey];
  return kinds.some((isKind) => isKind(text));
}

/**
 * Whether the value of a key is worth knowing. `key` is the whole path of names that leads to it. A key that sounds secret makes
 * more values so, one that sounds like a name fewer; in doubt a value is known.
 */
export function isWorthKnowing(text: string, key: string): boolean {
  if (isEverybodys(text) || isUrl(text) || isPath(text)) return false;
  if (secretKey.test(key)) return true;
  if (isEmail(text) || isHostName(text) || isRegion(text)) return false;
  return !(namingWords.has(lastWord(key)) && looksLikeWords(text));
}

/** Whether a value may be looked for inside other text, not only between boundaries. */
export function standsOutAnywhere(text: string): boolean {
  if (text.length >= longText) return true;
  return text.length >= shortestRandom && /[A-Za-z]/.test(text) && /\d/.test(text) && distinctCharacters(text) >= 8;
}
