/** What counts as an older version put back, told from git's history alone: held against what every single commit shows. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isOlder, putBackIn } from '../../src/vault/older.js';
import { note, type Past } from '../../src/vault/past.js';
import { newRepository, type TestRepository } from '../host/fixture.js';
import { at } from './world.js';

/** A repository of made-up sealed files, `*.age`, whose content is a word; what git looks at is no more. */
function history() {
  const repo: TestRepository = newRepository();
  repo.git('commit', '-q', '--allow-empty', '-m', 'first');
  let day = 0;
  const commit = (files: Record<string, string | null>) => {
    for (const [name, word] of Object.entries(files)) {
      if (word === null) repo.git('rm', '-q', `${name}.age`);
      else repo.write(`${name}.age`, word);
    }
    repo.git('add', '-A');
    // Whoever writes a commit says when it was: here, each before the one that it builds upon.
    const date = `2024-01-01T00:00:${String(59 - (day++ % 60)).padStart(2, '0')}Z`;
    repo.env.GIT_COMMITTER_DATE = date;
    repo.git('commit', '-q', '--allow-empty', '-m', JSON.stringify(files));
    return repo.git('rev-parse', 'HEAD').trim();
  };
  const older = (name = 'a') => {
    const versions: Past = new Map();
    for (const change of repo.ask.past(['*.age'], null).changes.toReversed()) note(versions, change);
    return isOlder({ versions }, at(name), repo.git('rev-parse', `HEAD:${name}.age`).trim());
  };
  const putBack = (revisions = '--all') =>
    putBackIn(repo.ask, [revisions]).map(({ path, commit: { id } }) => `${path} ${id}`);
  return { ...repo, repo, commit, older, putBack };
}

describe('a version of a sealed file', () => {
  it('is older where a newer one was put in its place before, however often, and whatever came between', () => {
    const { repo, commit, older, putBack } = history();
    commit({ a: '1' });
    commit({ a: '2' });
    expect([older(), putBack()]).toEqual([false, []]);
    const back = commit({ a: '1' });
    expect([older(), putBack()]).toEqual([true, [`a.age ${back}`]]);
    expect(putBackIn(repo.ask, ['HEAD~1..HEAD'])).toMatchObject([{ answered: false }]);
    // The newer one, brought back, is what was sealed last.
    commit({ a: '2' });
    expect(older()).toBe(false);
    expect(putBackIn(repo.ask, ['HEAD~2..HEAD'])).toMatchObject([{ answered: true }]);
    commit({ a: null });
    commit({ a: '2' });
    expect([older(), putBack()]).toEqual([false, [`a.age ${back}`]]);
    commit({ a: null });
    const again = commit({ a: '1', b: '1' });
    expect([older(), older('b')]).toEqual([true, false]);
    expect(putBack(`${back}..HEAD`)).toEqual([`a.age ${again}`]);
    expect(putBack(`HEAD..${back}`)).toEqual([]);
    commit({ a: '3' });
    expect(older()).toBe(false);
  });

  it('is none for being picked on another branch, taken by a merge, or checked out', () => {
    const { git, commit, older, putBack } = history();
    const first = commit({ a: '1', b: '1' });
    git('switch', '-q', '-c', 'side');
    commit({ a: '2' });
    commit({ a: '3' });
    git('switch', '-q', 'main');
    // As a cherry-pick would: the same blob on two branches, of which one is ahead.
    commit({ a: '2' });
    expect([older(), putBack()]).toEqual([false, []]);
    git('merge', '-q', '-X', 'theirs', '--no-edit', 'side');
    expect([older(), putBack()]).toEqual([false, []]);
    git('switch', '-q', '--detach', first);
    expect(older()).toBe(false);
  });

  it('is one when a merge drops what a branch has sealed since', () => {
    const { git, commit, older, putBack } = history();
    commit({ a: '1' });
    git('switch', '-q', '-c', 'side');
    commit({ a: '2' });
    git('switch', '-q', 'main');
    commit({ b: '1' });
    git('merge', '-q', '-s', 'ours', '--no-edit', 'side');
    expect([older(), older('b')]).toEqual([true, false]);
    expect(putBack()).toEqual([`a.age ${git('rev-parse', 'HEAD').trim()}`]);
    expect(putBack('HEAD~1..HEAD')).toHaveLength(1);
  });
});

it('in any straight history, exactly what every commit shows', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(3), { minLength: 1, maxLength: 12 }), (words) => {
      const { commit, older, putBack } = history();
      // The newest version so far, and all that came before it.
      const seen: number[] = [];
      const expected: string[] = [];
      for (const [i, word] of words.entries()) {
        const id = commit({ a: `${word}` });
        if (word === words[i - 1]) continue;
        if (seen.includes(word) && word !== seen.at(-1)) expected.push(`a.age ${id}`);
        else if (!seen.includes(word)) seen.push(word);
      }
      expect(putBack().sort()).toEqual(expected.sort());
      expect(older()).toBe(words.at(-1) !== seen.at(-1));
    }),
    { numRuns: 6, examples: [[[2, 1, 2, 0, 1, 0]]] },
  );
});
