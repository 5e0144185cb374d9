/** What gitleaks was told to leave alone is left alone where the guard only guesses, and nowhere else unless it says so. */
import { describe, expect, it } from 'vitest';
import { credentials } from '../../src/guard/credentials.js';
import { gitleaksSilences } from '../../src/guard/gitleaks.js';
import { inspect } from '../../src/guard/index.js';
import { draw, fill, seeded } from './samples.js';
import { knowing } from './state.js';

const random = seeded(41);
const guess = draw(random, 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789', 32);
const token = fill('ghp_{crc}', random);
const search = credentials();

function rulesFound(path: string, content: string, toml: string | null, ignore: string | null = null): string[] {
  const known = knowing({ 'a.json': JSON.stringify({ db: { password: 'k9Zt-LmX2-vB7n' } }) });
  const rules = {
    registered: new Set<string>(),
    isSealed: () => false,
    known,
    credentials: search,
    silences: gitleaksSilences(toml, ignore),
  };
  const candidate = { path, mode: '100644', content: Buffer.from(content), commit: 'c'.repeat(40) };
  return inspect([candidate], rules).map(({ rule }) => rule);
}

const three = `password = "${guess}"\nt("${token}")\nx("k9Zt-LmX2-vB7n")\n`;
const all = ['known-value', 'assigned-secret', 'github-token'];
const guessed = ['known-value', 'github-token'];

describe('.gitleaks.toml', () => {
  it.each([
    ['a path', `[allowlist]\npaths = ['''(?i)^GEN/.*\\.ts$''']`],
    ['an expression', `[[allowlists]]\nregexes = ['''^${guess.slice(0, 8)}''']`],
    ['an expression about the line', `[allowlist]\nregexTarget = "line"\nregexes = ['''password =''']`],
    ['a word', `[allowlist]\nstopwords = ["${guess.slice(5, 12).toUpperCase()}"]`],
    ['a commit', `[allowlist]\ncommits = ["${'c'.repeat(40)}"]`],
    [
      'two that both agree',
      `[[allowlists]]\ncondition = "AND"\npaths = ["gen"]\nstopwords = ["${guess.slice(5, 12)}"]`,
    ],
  ])('%s silences guesses, and only these', (_, toml) => {
    expect(rulesFound('gen/a.ts', three, toml)).toEqual(guessed);
  });

  it.each([
    ['another path', `[allowlist]\npaths = ['''^other/''']`],
    [
      'one of two that must agree',
      `[[allowlists]]\ncondition = "AND"\npaths = ["^other"]\nstopwords = ["${guess.slice(5, 12)}"]`,
    ],
    ['a list for one rule', `[[allowlists]]\ntargetRules = ["generic-api-key"]\npaths = ["gen"]`],
    ['an empty list', '[allowlist]'],
    ['none', null],
  ])('%s silences nothing', (_, toml) => {
    expect(rulesFound('gen/a.ts', three, toml)).toEqual(all);
  });

  it('where it says so, credentials too; what the team has sealed never', () => {
    const toml = `[blackbox-ts]\ncredentials = true\n[allowlist]\npaths = ["."]`;
    expect(rulesFound('gen/a.ts', three, toml)).toEqual(['known-value']);
    const comment = `t("${token}") // gitleaks:allow`;
    expect(rulesFound('gen/a.ts', comment, '[blackbox-ts]\ncredentials = true')).toEqual([]);
    expect(rulesFound('gen/a.ts', comment, null)).toEqual(['github-token']);
  });

  it('an expression that takes others for ever takes no time', () => {
    const start = performance.now();
    rulesFound(
      'a.ts',
      `password = "${guess}" ${'a'.repeat(1500)}!`,
      `[allowlist]\nregexTarget = "line"\nregexes = ['''(a*)*(a|aa)+$''']`,
    );
    expect(performance.now() - start).toBeLessThan(1000);
  });

  it('what cannot be understood is an error', () => {
    for (const toml of ['[', `[allowlist]\nregexes = ["("]`, `[allowlist]\npaths = [${'"a",'.repeat(600)}]`])
      expect(() => gitleaksSilences(toml, null)).toThrow();
  });
});

describe('.gitleaksignore', () => {
  it('by path and line, with the commit or without', () => {
    for (const line of ['gen/a.ts:generic-api-key:1', `${'c'.repeat(40)}:gen/a.ts:x:1`])
      expect(rulesFound('gen/a.ts', three, null, `# why\n${line}\n`)).toEqual(guessed);
    for (const line of ['gen/a.ts:generic-api-key:2', 'b.ts:generic-api-key:1', `${'d'.repeat(40)}:gen/a.ts:x:1`])
      expect(rulesFound('gen/a.ts', three, null, `${line}\n`)).toEqual(all);
  });
});
