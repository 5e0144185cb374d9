import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { failure, newRepository, type TestRepository } from './fixture.js';

function blobId(content: Uint8Array): string {
  return createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex');
}

function withBlobs(contents: readonly Uint8Array[]): { repo: TestRepository; oids: string[] } {
  const repo = newRepository();
  for (const [i, content] of contents.entries()) repo.write(`f${i}`, content);
  repo.git('add', '.');
  return { repo, oids: contents.map(blobId) };
}

type Got = [string, Buffer | null][];

async function read(repo: TestRepository, oids: Iterable<string>, limit?: number): Promise<Got> {
  const got: Got = [];
  repo.ask.blobs(oids, (oid, content) => got.push([oid, content]), limit);
  return got;
}

/** Behind so many that git is asked for all of them at once. */
async function readOn(repo: TestRepository, oids: Iterable<string>, limit?: number): Promise<Got> {
  const got: Got = [];
  const others = Array.from({ length: 300 }, () => '0'.repeat(40));
  await repo.ask.eachBlob([...others, ...oids], (oid, content) => got.push([oid, content]), limit);
  expect(got.splice(0, others.length).every(([, content]) => content === null)).toBe(true);
  return got;
}

describe.each([
  ['at once', read],
  ['as they come', readOn],
] as const)('blobs %s', (_, read) => {
  it('come in order, as they are: empty, binary, with line breaks at either end, repeated', async () => {
    const contents = ['', '\n', '\n\nx\n\n', 'no end', '\0\xff\0', 'deadbeef missing\n'].map((text) =>
      Buffer.from(text, 'latin1'),
    );
    const { repo, oids } = withBlobs(contents);
    const order = [...oids, ...oids.toReversed()];
    expect(await read(repo, order)).toEqual(order.map((oid) => [oid, contents[oids.indexOf(oid)]]));
    expect(await read(repo, [])).toEqual([]);
  });

  it('are null when missing, when larger than the limit, and when they are no blobs', async () => {
    const { repo, oids } = withBlobs([Buffer.from('12345'), Buffer.from('123456')]);
    repo.git('commit', '--quiet', '-m', 'x');
    const commit = repo.git('rev-parse', 'HEAD').trim();
    const tree = repo.git('rev-parse', 'HEAD^{tree}').trim();
    const missing = 'f'.repeat(40);
    expect(
      (await read(repo, [oids[0] ?? '', missing, commit, oids[1] ?? '', tree, oids[0] ?? ''], 5)).map(([, content]) =>
        content?.toString(),
      ),
    ).toEqual(['12345', undefined, undefined, undefined, undefined, '12345']);
  });

  it('larger than what is read at once are read by size; what exceeds the limit never arrives', async () => {
    const megabytes = [0, 20, 15, 1, 33, 34, 2];
    const { repo, oids } = withBlobs(megabytes.map((size, i) => Buffer.alloc(size << 20, i)));
    const missing = 'e'.repeat(40);
    const before = process.memoryUsage().rss;
    const got = (await read(repo, [...oids, missing], 33 << 20)).map(
      ([, content]) => content && content.length / (1 << 20),
    );
    expect(got).toEqual([0, 20, 15, 1, 33, null, 2, null]);
    expect(process.memoryUsage().rss - before).toBeLessThan(300 << 20);
  });

  it('of a replaced object are those of the commit, not of the replacement', async () => {
    const { repo, oids } = withBlobs([Buffer.from('the leak'), Buffer.from('harmless')]);
    repo.git('replace', oids[0] ?? '', oids[1] ?? '');
    expect((await read(repo, [oids[0] ?? '']))[0]?.[1]?.toString()).toBe('the leak');
  });

  it('that are damaged never pass for what they should be', async () => {
    const { repo, oids } = withBlobs([randomBytes(100_000), Buffer.from('fine')]);
    const [oid = '', fine = ''] = oids;
    const file = join('.git/objects', oid.slice(0, 2), oid.slice(2));
    const whole = readFileSync(join(repo.root, file));
    for (const damaged of [
      whole.subarray(0, 50_000),
      Buffer.concat([whole.subarray(0, 50_000), whole.subarray(60_000)]),
    ]) {
      rmSync(join(repo.root, file));
      repo.write(file, damaged);
      expect((await failure(() => read(repo, [fine, oid]))).code).toBe('ERR_BLACKBOX_GIT_FAILED');
    }
    rmSync(join(repo.root, file));
    repo.write(file, 'rubbish');
    expect((await read(repo, [oid, fine])).map(([, content]) => content?.toString())).toEqual([undefined, 'fine']);
  });

  it('are asked for by nothing but their ids', async () => {
    const { repo } = withBlobs([Buffer.from('x')]);
    for (const oid of ['HEAD', ':f0', '', `${'0'.repeat(40)}\n`, '--help', 'F'.repeat(40)]) {
      expect((await failure(() => read(repo, [oid]))).code).toBe('ERR_BLACKBOX_BUG');
    }
  });

  it('are those of the index where a path is asked for, merged', async () => {
    const { repo } = withBlobs([Buffer.from('staged')]);
    repo.write('f0', 'in the work tree');
    const got = await read(repo, [':0:f0', ':0:f1']);
    expect(got.map(([, content]) => content?.toString())).toEqual(['staged', undefined]);
    for (const name of [':1:f0', ':0:', ':0:-f', ':0:f0\nf1', ':0:f 0', ':0:/f0', ':0:..f0', ':0:@{1}'])
      expect((await failure(() => read(repo, [name]))).code).toBe('ERR_BLACKBOX_BUG');
  });

  it('number in the thousands, from an iterator', async () => {
    const contents = Array.from({ length: 50 }, (_, i) => Buffer.from(`blob ${i}`));
    const { repo, oids } = withBlobs(contents);
    const order = Array.from({ length: 10_000 }, (_, i) => (i * 7) % 50);
    const got = await read(repo, order.map((i) => oids[i] ?? '').values());
    expect(got.map(([, content]) => content?.toString())).toEqual(order.map((i) => `blob ${i}`));
  });
});

it('blobs come whole wherever a pipe cuts what git says', async () => {
  const contents = Array.from({ length: 60 }, (_, i) => randomBytes(i < 30 ? 65_440 + i : i * 977));
  const { repo, oids } = withBlobs(contents);
  const order = Array.from({ length: 600 }, (_, i) => (i * 7) % 60);
  const got = await readOn(
    repo,
    order.map((i) => oids[i] ?? ''),
  );
  expect(got.every(([, content], at) => content?.equals(contents[order[at] ?? 0] ?? Buffer.alloc(0)))).toBe(true);
});

it('git is ended when what looks at blobs fails', async () => {
  const { repo, oids } = withBlobs([randomBytes(5_000_000)]);
  const many = Array.from({ length: 1000 }, () => oids[0] ?? '');
  const reading = repo.ask.eachBlob(many, () => {
    throw new Error('enough');
  });
  await expect(reading).rejects.toThrow('enough');
});
