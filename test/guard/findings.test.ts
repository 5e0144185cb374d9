import { describe, expect, it } from 'vitest';
import { type Finding, guardReport, renderFindings } from '../../src/guard/index.js';

const finding = (path: string, rule = 'known-value', what = 'value of a in b', line = 3): Finding => {
  const masked = rule === 'known-value' ? 'ab…, 20 characters' : '';
  return { path, line, column: line && 7, rule, severity: 'block', what, masked };
};

describe('what a person reads', () => {
  it('a line for each finding, then what to type', () => {
    const findings = [
      finding('src/app.ts'),
      finding('secrets.json', 'registered-plaintext', 'a registered file, in plaintext', 0),
      finding('it’s.json.age', 'not-sealed', 'the sealed file of it’s.json, but not a complete sealed file', 0),
    ];
    expect(renderFindings(findings)).toBe(
      [
        'refused: 3 findings in 3 staged files',
        '  src/app.ts:3:7: known-value: value of a in b (ab…, 20 characters)',
        '  secrets.json: registered-plaintext: a registered file, in plaintext',
        '  it’s.json.age: not-sealed: the sealed file of it’s.json, but not a complete sealed file',
        'to go on:',
        "  git restore --staged -- src/app.ts secrets.json 'it’s.json.age'",
        "  blackbox-ts encrypt secrets.json 'it’s.json'",
      ].join('\n'),
    );
  });

  it('before the first commit another command takes a file out', () => {
    expect(renderFindings([finding('a')], { firstCommit: true })).toContain('git rm --cached -- a');
  });

  it('commands fit the folder they are pasted in', () => {
    const lines = (path: string, prefix: string) =>
      renderFindings([finding(path)], { prefix })
        .split('\n')
        .at(-1)
        ?.trim();
    expect(lines('src/a.ts', 'src/')).toBe('git restore --staged -- a.ts');
    expect(lines('docs/a.md', 'src/deep')).toBe('git restore --staged -- ../../docs/a.md');
    expect(lines('src', 'src')).toBe('git restore --staged -- ../src');
  });

  it('hard names: nothing reaches the terminal raw, and git takes them literally', () => {
    const text = renderFindings([
      finding('a\u001b[31m\n*.txt'),
      finding(':(top)x'),
      finding('-x'),
      finding('two words'),
    ]);
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
    expect(text.split('\n')).toHaveLength(7);
    expect(text).toContain("':(literal):(top)x' -x 'two words'");
    expect(text).toContain('\\u001b');
  });

  it('a name that is not shown stays a pattern', () => {
    expect(renderFindings([finding('backup/*')])).toContain("-- 'backup/*'");
  });

  it('hostile labels are made visible', () => {
    expect(renderFindings([finding('a', 'known-value', 'value of \u001b]0;x\u0007 in b')])).not.toContain('\u001b');
  });

  it('what only warns comes last, and nothing is to be done about it', () => {
    const warning: Finding = {
      ...finding('test/a.js', 'assigned-secret', 'what looks like a secret'),
      severity: 'warn',
    };
    expect(renderFindings([warning, finding('b')])).toBe(
      [
        'refused: 1 finding in 1 staged file',
        '  b:3:7: known-value: value of a in b (ab…, 20 characters)',
        'to go on:',
        '  git restore --staged -- b',
        'not refused, but look: 1 finding in 1 staged file',
        '  test/a.js:3:7: assigned-secret: what looks like a secret',
      ].join('\n'),
    );
    expect(renderFindings([warning])).not.toContain('refused: ');
    expect(guardReport([warning])).toMatchObject({ ok: true, findings: [warning] });
  });

  it('beside the index there is nothing to take out; commits are named; of a guess, how to silence it', () => {
    const guess: Finding = {
      ...finding('a.js', 'random-string', 'a random-looking string'),
      commit: 'a1b2c3d4e5f6a7b8',
    };
    expect(renderFindings([guess], { scope: 'files' })).toBe(
      [
        'found: 1 finding in 1 file',
        '  a1b2c3d4e5:a.js:3:7: random-string: a random-looking string',
        'to go on:',
        '  a guess that is wrong: write gitleaks:allow in a comment on its line',
      ].join('\n'),
    );
  });

  it('fifty lines at most', () => {
    const text = renderFindings(Array.from({ length: 120 }, (_, i) => finding(`f${i}`)));
    expect(text).toContain('refused: 120 findings in 120 staged files');
    expect(text).toContain('… and 70 more');
    expect(text.split('\n').length).toBeLessThan(60);
  });
});

it('what a machine reads', () => {
  expect(guardReport([])).toEqual({ ok: true, findings: [], unknown: [] });
  expect(guardReport([finding('a')], ['b'])).toEqual({ ok: false, findings: [finding('a')], unknown: ['b'] });
});
