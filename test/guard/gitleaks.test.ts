/** What gitleaks was told to leave alone is left alone where the guard only guesses, and nowhere else unless it says so. */
import { describe, expect, it } from 'vitest';
import { credentials } from '../../src/guard/credentials.js';
import { readGitleaks } from '../../src/guard/gitleaks.js';
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
    silences: readGitleaks(toml, ignore).silences,
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
      expect(() => readGitleaks(toml, null)).toThrow();
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

describe('[[rules]] of .gitleaks.toml', () => {
  const [own, weak] = [draw(random, '0123456789abcdef', 32), 'a'.repeat(32)];
  const rule = (...lines: string[]) =>
    ['[blackbox-ts]', 'rules = true', '[[rules]]', 'id = "Acme_Key"', ...lines].join('\n');
  const acme = "regex = '''acme_(?:live|test)_([0-9a-f]{32})'''";
  const find = (toml: string, content: string, path = 'src/a.ts', strict = false) => {
    const { own: rules, silences } = readGitleaks(toml, null);
    const all = {
      registered: new Set<string>(),
      isSealed: () => false,
      known: null,
      credentials: search,
      silences,
      strict,
    };
    const candidate = { path, mode: '100644', content: Buffer.from(content) };
    return inspect([candidate], rules === null ? all : { ...all, own: rules }).filter(
      (one) => !one.rule.includes('string'),
    );
  };
  const ids = (...given: Parameters<typeof find>) =>
    find(...given).map(({ rule: id, line, column }) => `${id}:${line}:${column}`);

  it('are run where the file says so, and name place, rule and description, and no secret', () => {
    const [finding] = find(rule(acme, 'description = "a key of Acme"'), `first\nx acme_live_${own}\n`);
    expect(finding).toMatchObject({
      rule: 'gitleaks-acme-key',
      severity: 'block',
      line: 2,
      column: 13,
      what: 'a key of Acme',
    });
    expect(JSON.stringify(finding)).not.toContain(own.slice(2));
    const idle = readGitleaks(`[[rules]]\nid = "a"\n${acme}`, null);
    expect([idle.own, idle.idle]).toEqual([null, 1]);
  });

  it.each([
    ['keywords that are there', ['keywords = ["ACME_"]'], true],
    ['keywords that are not', ['keywords = ["other"]'], false],
    ['a path that fits', ["path = '''^src/'''"], true],
    ['a path that does not', ["path = '''^lib/'''"], false],
    ['entropy below', ['entropy = 2.5'], true],
    ['entropy above', ['entropy = 4.5'], false],
    ['a list of its own', ['[[rules.allowlists]]', `regexes = ['''^${own}''']`], false],
    ['a list of its own, in the old form', ['[rules.allowlist]', "paths = ['''src''']"], false],
    ['a list of its own about another path', ['[[rules.allowlists]]', "paths = ['''lib''']"], true],
    ['a list for it by name', ['[[allowlists]]', 'targetRules = ["Acme_Key"]', "paths = ['''src''']"], false],
    ['a list for another one', ['[[allowlists]]', 'targetRules = ["other"]', "paths = ['''src''']"], true],
    ['a list for all', ['[allowlist]', "paths = ['''src''']"], false],
  ])('with %s', (_, lines, found) => {
    expect(ids(rule(acme, ...lines), `acme_test_${own}\n`)).toEqual(found ? ['gitleaks-acme-key:1:11'] : []);
  });

  it('take the group that is asked for, else the first that holds anything', () => {
    const regex = "regex = '''(acme|corp)_(live)?:([0-9a-f]{32})'''";
    expect(ids(rule(regex, 'secretGroup = 3'), `corp_:${own}`)).toEqual(['gitleaks-acme-key:1:7']);
    expect(ids(rule(regex), `corp_:${own}`)).toEqual(['gitleaks-acme-key:1:1']);
    expect(ids(rule(regex, 'secretGroup = 3', 'entropy = 1'), `corp_:${weak}`)).toEqual([]);
  });

  it('may be about a path alone; a comment silences them; others come first', () => {
    expect(ids(rule("path = '''\\.p8$'''"), 'x', 'keys/a.p8')).toEqual(['gitleaks-acme-key:0:0']);
    expect(ids(rule(acme), `acme_live_${own} // gitleaks:allow`)).toEqual([]);
    expect(ids(rule("regex = '''[A-Za-z0-9_]{40}'''"), token)).toEqual(['github-token:1:1']);
    expect(ids(rule(acme), `acme_live_${own}`, '.gitleaks.toml')).toEqual([]);
  });

  it.each([
    ['a regex that is none', "regex = '''('''", 'is not run'],
    ['what Go does not have', "regex = '''(?<=a)b'''", 'is not run'],
    ['a group that it has not', `${acme}\nsecretGroup = 2`, 'secretGroup'],
    ['other rules', `${acme}\n[[rules.required]]\nid = "b"`, 'required'],
    ['letters beyond ASCII', "regex = '''schlüssel'''", 'ASCII'],
    ['nothing to look for', '', 'neither regex nor path'],
    ['another file', `${acme}\n[extend]\npath = "x.toml"`, 'extend.path is not followed'],
  ])('say what is not done: %s', (_, lines, words) => {
    expect(readGitleaks(rule(lines), null).own?.notHonoured.join()).toContain(words);
    const both = `${rule(lines)}\n[[rules]]\nid = "b"\n${acme}`;
    expect(ids(both, `acme_live_${own}`)).toContain('gitleaks-b:1:11');
  });

  it('look at bounded stretches of large files, in bounded time, and say so', () => {
    const filler = 'acm key = value; '.repeat(40_000);
    const toml = rule(acme, 'keywords = ["acme_"]');
    expect(ids(toml, `${filler}acme_live_${own}${filler}`)).toHaveLength(1);
    const slow = rule("regex = '''(?i)(?:key|value)[ =;]{0,20}([a-z0-9]{30,})'''");
    const start = performance.now();
    expect(find(slow, filler).map(({ rule: id, severity }) => `${id} ${severity}`)).toEqual(['not-scanned warn']);
    expect(find(slow, filler, 'a.ts', true).map(({ severity }) => severity)).toEqual(['block']);
    expect(find(rule(acme, 'keywords = ["key"]'), filler).map(({ rule: id }) => id)).toEqual(['not-scanned']);
    expect(performance.now() - start).toBeLessThan(5000);
  });
});
