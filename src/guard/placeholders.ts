/** What stands where a secret will stand, and is none: templates, references, examples, made-up values. */
import { mixture } from './wording.js';

/** The value is taken from elsewhere when the program runs. */
const references = [
  /\$\{|\$\(|\{\{|\}\}|<%|%>|#\{|%\{|@@|\$\[\[/,
  /^[$%@&*!<{[(]|[>}\])%]$/,
  /^(?:process\.|os\.|env[.[(]|System\.|ENV|vars?\.|local\.|data\.|self\.|this\.|config\.|settings\.|secrets?\.|params?\.|request\.|req\.|opts?\.|options\.|args\.|props\.|await\b|new\b|null\b|undefined\b|none\b|nil\b|true\b|false\b|function\b|return\b|lambda\b)/i,
  /^(?:arn|op|vault|ref\+|keyring|secret|secretref|env|file|ssm|awssm|gcpsm|azurekv|akv|bws|keychain|sops|https?|urn|data|blob|chrome-extension):/i,
  /^ENC\[|^!|^projects\/[^/]{1,60}\/secrets\//,
];

/** Words of examples. As parts of a longer value only where no letter adjoins, or they would turn up in random text. */
const exampleWords =
  /(?:^|[^A-Za-z])(?:your|my|the|some|any|insert|enter|replace|put|change|fill|add|paste|example|sample|dummy|fake|placeholder|redacted|hidden|masked|removed|omitted|foo|bar|baz|foobar|lorem|ipsum|mock|stub|invalid|wrong|incorrect|bogus|none|null|empty|unset|undefined|default|unused|disabled|here|goes|not[-_ ]?a|not[-_ ]?real|demo|test|tests|testing|to-?do|tbd|n\/a|some(?:thing|one)|whatever|anything|changeit)(?:$|[^A-Za-z])/i;
const exampleParts =
  /example|sample|dummy|placeholder|redacted|change-?_?me|changeit|your[-_]|[-_]here|notreal|not_real|foobar|p4ssw0rd|passw0rd|letmein|qwert|[xX]{4}|[*]{3}|[.]{3}|\u2026|_{4}|[?]{3}/i;

/** Five equal characters in a row: padding, or a finger on a key. */
const repeated = /([\s\S])\1{4}/;
/** Two to six characters over and over. */
const patterned = /^([\s\S]{1,6}?)\1{2,}[\s\S]{0,5}$/;
const rows = [
  '0123456789012345678901234567890',
  'abcdefghijklmnopqrstuvwxyz',
  '9876543210987654321',
  'zyxwvutsrqponmlkjihgfedcba',
  'qwertyuiopasdfghjklzxcvbnm',
];

/** How many characters of a text go on from the one before them as on a keyboard or in the alphabet, in runs of at least four. */
function inSequence(text: string): number {
  const lower = text.toLowerCase();
  let sum = 0;
  for (let at = 0; at + 4 <= lower.length; ) {
    const row = rows.find((keys) => keys.includes(lower.slice(at, at + 4)));
    let length = row === undefined ? 0 : 4;
    while (row !== undefined && at + length < lower.length && row.includes(lower.slice(at, at + length + 1))) length++;
    sum += length;
    at += length || 1;
  }
  return sum;
}

/** Half of it and more goes on as on a keyboard, or few characters make it all up. */
function isKeyboardPlay(text: string): boolean {
  return (
    inSequence(text) * 2 >= text.length || patterned.test(text) || new Set(text).size <= Math.min(6, text.length / 3)
  );
}

export function isReference(value: string): boolean {
  return references.some((reference) => reference.test(value));
}

/** Whether a value stands for another, or was made up to show where one would stand. */
export function isPlaceholder(value: string): boolean {
  if (value.length < 3 || isReference(value)) return true;
  return exampleParts.test(value) || exampleWords.test(value) || repeated.test(value) || isKeyboardPlay(value);
}

/** The same for what has a provider's form: a few letters in a row may be chance there, a word for an example is not. */
export function isMadeUp(secret: string): boolean {
  if (/example|[xX]{6}|[*]{4}|\.{4}|\u2026|your[-_]|placeholder|redacted|dummy/i.test(secret)) return true;
  const body = secret.slice(Math.min(8, secret.length >> 2));
  return /([\s\S])\1{7}/.test(body) || patterned.test(body) || new Set(body).size < Math.min(7, body.length / 3);
}

/** Words joined by marks, as names of variables, fields and translations are. */
export function isIdentifier(value: string): boolean {
  return mixture(value).digits === 0 && /^[A-Za-z]+(?:[_.:/ -]+[A-Za-z]+)*[_.:/-]?$/.test(value);
}
