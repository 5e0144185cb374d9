/** What a finding may show of a secret. */

/** Two characters of sixteen tell nobody the rest; of eight, they might: short values show their length only. */
const maskedFrom = 12;

/** At most the first two characters, and the length. */
export function mask(bytes: Uint8Array): string {
  const characters = Array.from(Buffer.from(bytes).toString('utf8'));
  const length = `${characters.length} characters`;
  return characters.length < maskedFrom ? length : `${characters.slice(0, 2).join('')}…, ${length}`;
}
