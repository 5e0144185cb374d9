/** The page for a security reviewer: it shows what is, and nothing in the repository can make it do more. */
import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Reach, Report, ReportFile, ReportPerson } from '../../src/commands/report/data.js';
import { pageMark, reportPage } from '../../src/commands/report/page.js';
import { problemsOf } from '../../src/commands/report/problems.js';
import { style } from '../../src/commands/report/style.js';
import { browser, type ColourScheme, domOf, requestsDuring } from '../harness/browser.js';
import { lacks } from '../harness/programs.js';
import { newTeam } from '../harness/team.js';
import { found, letIn, register } from '../harness/vault.js';

function person(name: string, more: Partial<ReportPerson> = {}): ReportPerson {
  const key = { kind: 'age', fingerprint: `age1${name}`, comment: '', expires: null, unusable: null };
  return { name, role: 'admin', groups: [], keys: [key], signedBy: null, ...more };
}

function file(path: string, reach: readonly Reach[], more: Partial<ReportFile> = {}): ReportFile {
  return { path, groups: [], condition: 'sealed', reach, unknown: [], signedBy: null, ...more };
}

function report(more: Partial<Report> = {}): Report {
  return {
    title: 'app',
    vault: '0'.repeat(32),
    generated: '2025-06-01T12:00:00.000Z',
    commit: { id: 'a'.repeat(40), date: '2025-05-30T12:00:00+02:00' },
    people: [person('alice'), person('bob')],
    files: [file('one.json', ['reads', 'none']), file('config/two.env', ['reads', 'lacks'])],
    rotation: { departures: 0, open: null },
    ...more,
  };
}

const dataOf = (page: string) =>
  JSON.parse(/<script type="application\/json" id="data">(.*?)<\/script>/s.exec(page)?.[1] ?? '');

const hostile = [
  '<script>document.title="owned"</script>',
  '</script><script>document.title="owned"</script>',
  '"><img src=x onerror=document.title="owned">',
  "' onmouseover='document.title=1",
  '<!--<script>',
  ']]><svg onload=alert(1)>',
  '\u202egnp.exe',
  '&lt;b&gt;',
  '$\u007bdocument.title=1}`\\u003c',
  'שלום/عالم.json',
  'javascript:alert(1)',
];

describe('the page', () => {
  const page = reportPage(report());

  it('allows its own script and style by their hashes, and nothing else', () => {
    const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(page)?.[1] ?? '';
    const digest = (text = '') => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
    const script = /<script>(.*?)<\/script>/s.exec(page)?.[1];
    const style = /<style>(.*?)<\/style>/s.exec(page)?.[1];
    expect(policy.split('; ')).toEqual([
      "default-src 'none'",
      `script-src ${digest(script)}`,
      `style-src ${digest(style)}`,
      "base-uri 'none'",
      "form-action 'none'",
      "require-trusted-types-for 'script'",
      "trusted-types 'none'",
    ]);
    expect(page.indexOf('Content-Security-Policy')).toBeLessThan(page.search(/<style|<script/));
    expect(script).not.toMatch(/innerHTML|outerHTML|insertAdjacent|document\.write|eval|Function\(|\.cssText/);
  });

  it('asks for nothing from anywhere', () => {
    expect(page).not.toMatch(/https?:|url\(|@import|<link|<img|<iframe|\ssrc=|\son\w+=|\sstyle="/i);
    expect(page.startsWith(pageMark)).toBe(true);
  });

  it('carries whatever names there are as data that ends where it should', () => {
    const text = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom(...hostile));
    fc.assert(
      fc.property(text, text, text, (title, name, path) => {
        const given = report({ title, people: [person(name)], files: [file(path, ['reads'])] });
        const made = reportPage(given);
        expect(dataOf(made)).toEqual({ ...given, problems: [] });
        expect(made.match(/<script/g)).toHaveLength(2);
        expect(made.match(/<title>[^<>]*<\/title>/g)).toHaveLength(1);
      }),
    );
  });
});

/** Relative luminance and contrast: https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio */
function contrast(one: string, other: string): number {
  const luminance = (colour: string) => {
    const parts = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255);
    const [r = 0, g = 0, b = 0] = parts.map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const [low = 0, high = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

it('can be read in the light and in the dark', () => {
  const [light, dark] = [/^:root \{(.*?)^\}/ms, /prefers-color-scheme: dark\) \{\s*:root \{(.*?)\}/s].map((block) =>
    Object.fromEntries(
      [...(block.exec(style)?.[1] ?? '').matchAll(/--([a-z-]+): (#[0-9a-f]{6})/g)].map(([, name, value]) => [
        name,
        value,
      ]),
    ),
  ) as [Record<string, string>, Record<string, string>];
  expect(Object.keys(dark)).toEqual(Object.keys(light));
  for (const colours of [light, dark]) {
    const { paper = '', panel = '' } = colours;
    for (const text of ['ink', 'soft', 'good', 'warn', 'bad', 'accent'])
      for (const ground of [paper, panel]) expect(contrast(colours[text] ?? '', ground), text).toBeGreaterThan(4.5);
    expect(contrast(colours.bad ?? '', colours['bad-paper'] ?? '')).toBeGreaterThan(4.5);
    expect(contrast(colours.warn ?? '', colours['warn-paper'] ?? '')).toBeGreaterThan(4.5);
  }
  expect(contrast(light.paper ?? '', dark.paper ?? '')).toBeGreaterThan(10);
});

describe('what a reviewer should look at', () => {
  const texts = (more: Partial<Report>) => problemsOf(report(more)).map((p) => `${p.person ?? p.path}: ${p.text}`);

  it('is nothing when all is well', () => {
    expect(texts({ files: [file('a', ['reads', 'none'])] })).toEqual([]);
  });

  it('names files and people', () => {
    const files = [
      file('missing', ['none', 'none'], { condition: 'missing' }),
      file('damaged', ['none', 'none'], { condition: 'damaged' }),
      file('open', ['surplus', 'partly'], { unknown: ['00', '11', '22', '33', '44'] }),
      file('closed', ['lacks', 'lacks']),
      file('seen', ['reads', 'reads']),
    ];
    const open = [{ path: 'seen', count: 2, since: '2025-01-02T00:00:00.000Z', because: ['carol'] }];
    expect(texts({ files, rotation: { departures: 1, open } })).toEqual([
      'missing: no sealed file',
      'damaged: damaged',
      'open: readable with unknown keys: 00, 11, 22 and 2 more',
      'open: readable by alice, whom the roster does not entitle',
      'open: not readable with every key of bob',
      'closed: not yet readable by alice and bob',
      'seen: 2 values seen by carol, not changed since 2025-01-02',
    ]);
  });

  it('warns of keys 30 days before they end', () => {
    const [key] = person('x').keys;
    const ends = (expires: string) => person('x', { keys: key === undefined ? [] : [{ ...key, expires }] });
    const problem = (expires: string) => problemsOf(report({ people: [ends(expires)], files: [] }))[0];
    expect(problem('2025-08-01T00:00:00Z')).toBe(undefined);
    expect(problem('2025-06-20T00:00:00Z')).toMatchObject({ severity: 'warn', text: 'expires on 2025-06-20' });
    expect(problem('2025-05-20T00:00:00Z')).toMatchObject({ severity: 'bad', text: 'expired on 2025-05-20' });
  });
});

/** The page's words, by what shows them. */
async function shown(html: string, hash = '') {
  const dom = await domOf(html, hash);
  const body = dom.slice(dom.indexOf('<header'));
  const matrix = /<table class="matrix">.*?<\/table>/s.exec(body)?.[0] ?? '';
  const plain = (html: string) =>
    html
      .replace(/<wbr>/g, '')
      .replace(/<[^>]*>/g, ' ')
      .replace(/&lt;/g, '<')
      .replace(/&gt;/g, '>')
      .replace(/&amp;/g, '&');
  const names = (scope: string) =>
    [...matrix.matchAll(new RegExp(`<th scope="${scope}"[^>]*><bdi>(.*?)</bdi>`, 'gs'))].map(([, text = '']) =>
      plain(text),
    );
  return {
    dom,
    body,
    files: names('row'),
    people: names('col'),
    count: plain(/<output.*?<\/output>/s.exec(body)?.[0] ?? ''),
  };
}

describe.skipIf(lacks(browser))(`in ${browser}`, () => {
  it('shows hostile names as what they are', async () => {
    const people = hostile.map((name) => person(name, { role: name, groups: [name], signedBy: name }));
    const files = hostile.map((path) =>
      file(
        path,
        hostile.map((): Reach => 'lacks'),
        { groups: [path], unknown: [path], signedBy: path },
      ),
    );
    const { dom, body, ...names } = await shown(reportPage(report({ title: hostile[1] ?? '', people, files })));
    expect(dom).toContain('<title>Who can read what: &lt;/script&gt;&lt;script&gt;document.title="owned"');
    expect(names.files).toEqual(hostile);
    expect(names.people).toEqual(hostile);
    const tags = [...body.matchAll(/<([a-z0-9]+)((?:\s[^\s=">]+(?:="[^"]*")?)*)\s*>/g)];
    expect(tags.length).toBeGreaterThan(500);
    expect(tags.filter(([, tag = '']) => /^(script|img|svg|b|iframe|a|style)$/.test(tag))).toEqual([]);
    const attributes = tags.flatMap(([, , text = '']) =>
      [...text.matchAll(/\s([^\s=">]+)(?:="[^"]*")?/g)].map((m) => m[1]),
    );
    expect(attributes.filter((name) => /^(on|src|href|style|action)/.test(name ?? ''))).toEqual([]);
  });

  it('searches files and people, and shows only problems', async () => {
    const page = reportPage(report());
    const all = await shown(page);
    expect([all.files, all.people]).toEqual([
      ['one.json', 'config/two.env'],
      ['alice', 'bob'],
    ]);
    expect(all.body).toContain('not yet readable by bob');
    const some = await shown(page, 'files=CONFIG%20two&people=ali');
    expect([some.files, some.people]).toEqual([['config/two.env'], ['alice']]);
    expect(some.count).toContain('1 of 2 files, 1 of 2 people');
    expect((await shown(page, 'problems')).files).toEqual(['config/two.env']);
    expect((await shown(page, 'files=nothing')).body).toContain('Nothing fits.');
  });

  it('draws 50 people and 500 files', async () => {
    const people = Array.from({ length: 50 }, (_, i) => person(`person ${i}`));
    const reach = people.map((): Reach => 'reads');
    const files = Array.from({ length: 500 }, (_, i) => file(`folder/file ${i}.json`, reach));
    const all = await shown(reportPage(report({ people, files })));
    expect([all.files.length, all.people.length]).toEqual([500, 50]);
    expect(all.body.match(/class="dot reads"/g)?.length).toBeGreaterThanOrEqual(25_000);
  });

  it('is dark for whom the dark is, and light for others', async () => {
    // What a page may not do itself is done to one without its policy.
    const telling = reportPage(report())
      .replace(/<meta http-equiv[^>]*>/, '')
      .replace(
        '</body>',
        () => '<script>document.title = getComputedStyle(document.body).backgroundColor</script></body>',
      );
    const title = async (scheme: ColourScheme) => /<title>(.*?)<\/title>/.exec(await domOf(telling, '', scheme))?.[1];
    expect(await Promise.all([title('dark'), title('light')])).toEqual(['rgb(20, 23, 26)', 'rgb(255, 255, 255)']);
  });

  it('cannot reach anything, whatever gets into it', async () => {
    const intruder = (to: string) =>
      `<img src="${to}/image"><link rel="stylesheet" href="${to}/style"><iframe src="${to}/frame"></iframe>` +
      `<style>@import "${to}/import";</style><script src="${to}/script"></script>` +
      `<script>fetch("${to}/fetch"); navigator.sendBeacon("${to}/beacon"); new Image().src = "${to}/image2"</script>`;
    const inside = (to: string) => reportPage(report()).replace('</body>', () => `${intruder(to)}</body>`);
    expect(await requestsDuring((to) => domOf(inside(to)))).toEqual([]);
    // The same page without its policy: what was just not asked for can be asked for here.
    const bare = (to: string) => inside(to).replace(/<meta http-equiv[^>]*>/, '');
    expect((await requestsDuring((to) => domOf(bare(to)))).sort()).toContain('/image');
  });
});

describe('the command', () => {
  it('writes the page to standard output or a file, and nothing that is secret', () => {
    using team = newTeam();
    const secret = team.secret();
    const alice = found(team);
    register(alice, { 'config.json': JSON.stringify({ apiKey: secret }), '<b>&amp;.txt': secret });
    letIn(team, alice, 'bob');
    const page = alice.run('blackbox-ts who --html').stdout;
    const data = dataOf(page);
    expect(page.startsWith(pageMark)).toBe(true);
    expect(page).not.toContain('apiKey');
    expect(data.people.map((p: ReportPerson) => p.name)).toEqual(['alice', 'bob']);
    expect(data.files.map((f: ReportFile) => [f.path, f.reach])).toEqual([
      ['<b>&amp;.txt', ['reads', 'reads']],
      ['config.json', ['reads', 'reads']],
    ]);
    expect(data.commit.id).toBe(alice.run('git rev-parse HEAD').stdout.trim());
    expect(dataOf(alice.run('blackbox-ts who config.json --html').stdout).files).toHaveLength(1);

    expect(alice.run('blackbox-ts who --dry-run --html readers.html').stderr).toContain('would write readers.html');
    expect(alice.has('readers.html')).toBe(false);
    alice.run('blackbox-ts who --html readers.html');
    const written = readFileSync(join(alice.clone, 'readers.html'), 'utf8');
    expect(dataOf(written).files).toEqual(data.files);
    alice.run('blackbox-ts who --html readers.html');
    expect(alice.run('git status --porcelain').stdout).toBe('?? readers.html\n');
  });

  it('tells of those who should and should not read', () => {
    using team = newTeam();
    const alice = found(team);
    register(alice, { 'a.txt': team.secret() });
    letIn(team, alice, 'bob');
    alice.lead('blackbox-ts admin remove bob');
    alice.run('git checkout --quiet HEAD -- a.txt.age');
    const data = dataOf(alice.run('blackbox-ts who --html').stdout);
    expect(data.files[0].unknown).toHaveLength(1);
    expect(data.problems[0].text).toContain('unknown key');
  });

  it('overwrites nothing that is no page of its own', () => {
    using team = newTeam();
    const alice = found(team);
    register(alice, { 'a.txt': team.secret() });
    alice.write('readme.html', '<p>precious</p>');
    const sealed = alice.bytes('a.txt.age');
    expect(alice.run('blackbox-ts who --html readme.html', { code: 1 }).stderr).toContain('readme.html');
    for (const path of ['a.txt', 'a.txt.age', '.blackbox/admins', '.gitignore', 'package/../a.txt.age'])
      alice.run(['blackbox-ts', 'who', '--html', path], { code: 1 });
    alice.run('blackbox-ts who --force --html a.txt.age', { code: 1 });
    alice.run('blackbox-ts who --html --json', { code: 2 });
    expect(alice.read('readme.html')).toBe('<p>precious</p>');
    expect(alice.bytes('a.txt.age')).toEqual(sealed);
    alice.run('blackbox-ts who --force --html readme.html');
    expect(alice.read('readme.html').startsWith(pageMark)).toBe(true);
    expect(statSync(join(alice.clone, 'readme.html')).mode & 0o777).toBe(0o644);
  });
});
