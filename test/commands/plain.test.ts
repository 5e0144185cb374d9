/** The quick way to read a command line and commander agree, whatever is typed. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Command, Given } from '../../src/commands/command.js';
import { parsePlainly } from '../../src/commands/plain.js';
import { parseFully } from '../../src/commands/program.js';
import { entries } from '../../src/commands/table.js';

function fully(command: Command, words: readonly string[]): Given | 'refused' {
  try {
    return parseFully(command, words);
  } catch (error) {
    if (String((error as { code?: string }).code).startsWith('commander.')) return 'refused';
    throw error;
  }
}

/** Words that mean something to this command, and words that mean something to somebody. */
function wordsFor(command: Command): fc.Arbitrary<string[]> {
  const flags = (command.options ?? []).flatMap((o) => o.flags.split(/, | |(?=[[<])/));
  const others = ['a.txt', '', '-', '--', '-x', '--unknown', '--help', '-h', '-1', '--json=yes', '-nf', '--dry', 'x y'];
  return fc.array(fc.oneof(fc.constantFrom(...flags, ...others), fc.constantFrom('a', 'b', ...flags)), {
    maxLength: 6,
  });
}

describe.each(entries.map((entry) => [entry.name, entry] as const))('%s', (_, entry) => {
  it('is understood alike, or left to commander', async () => {
    const command = await entry.load();
    let understood = 0;
    fc.assert(
      fc.property(wordsFor(command), (words) => {
        const given = parsePlainly(command, words);
        if (given === null) return;
        understood++;
        expect(given).toEqual(fully(command, words));
      }),
      { numRuns: 400 },
    );
    const plain = (command.options ?? []).every((o) => !/\[|--no-/.test(o.flags));
    if (plain) expect(understood).toBeGreaterThan(0);
  });
});

it('an option may be given often where that means something', () => {
  const command = {
    options: [{ flags: '-i, --identity <file>', what: '', many: true }],
    examples: [],
    run: async () => 0,
  };
  expect(parsePlainly(command, ['-i', 'a', '--identity', '-b'])).toEqual({
    args: [],
    options: { identity: ['a', '-b'] },
  });
  expect(parsePlainly(command, ['-i'])).toBeNull();
});
