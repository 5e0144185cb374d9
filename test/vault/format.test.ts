/** Sealed files and statements, taken apart by what docs/format.md says and by nothing of ours: somebody could write a second implementation. */
import { createHash, createPublicKey, verify } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { apply, planRegister, readRegistry, readRoster } from '../../src/vault/index.js';
import { at, newWorld, type World } from './world.js';

const sha256 = (...parts: (string | Uint8Array)[]) => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};
const bare = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64').replace(/=+$/, '');
const unbare = (text = '') => Buffer.from(text, 'base64');

/** RFC 8410 around the 32 bytes of an `ed25519 <base64>`. */
function ed25519(key: string) {
  const der = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), unbare(key.split(' ')[1])]);
  return createPublicKey({ key: der, format: 'der', type: 'spki' });
}

interface Raw {
  readonly args: readonly string[];
  readonly body: Buffer;
}

/** https://c2sp.org/age#file-format */
function ageFile(bytes: Buffer): { own: Raw; others: string; payload: Buffer } {
  const end = bytes.indexOf('\n', bytes.indexOf('\n---') + 1) + 1;
  const lines = bytes.toString('latin1', 0, end).split('\n').slice(1, -2);
  const second = lines.findIndex((line, i) => i > 0 && line.startsWith('-> '));
  const own = { args: (lines[0] ?? '').slice(3).split(' '), body: unbare(lines.slice(1, second).join('')) };
  const others = lines.slice(second).map((line) => `${line}\n`);
  return { own, others: others.join(''), payload: bytes.subarray(end) };
}

function rootOf(leaf: Buffer, index: number, count: number, proof: Buffer): Buffer {
  let [node, used] = [leaf, 0];
  for (let i = index, n = count; n > 1; i >>= 1, n = (n + 1) >> 1) {
    if ((i ^ 1) >= n) continue;
    const sibling = proof.subarray(used, used + 32);
    used += 32;
    node = i % 2 === 1 ? sha256(Buffer.of(1), sibling, node) : sha256(Buffer.of(1), node, sibling);
  }
  return node;
}

async function threeFiles(world: World): Promise<void> {
  const vault = world.vault();
  const keyring = world.keyring();
  const names = ['a.txt', 'dir/b.txt', 'c.txt'].map(at);
  for (const name of names) world.write(name, `content of ${name}`);
  const options = { keep: true, keyring, tracked: new Set<string>() };
  await apply(vault, await planRegister(vault, readRoster(vault), readRegistry(vault), names, options), { keyring });
}

it('a batch of sealed files is signed as it says', async () => {
  using world = await newWorld();
  await threeFiles(world);
  const vault = JSON.parse(readFileSync(join(world.root, '.blackbox/vault.json'), 'utf8')).id as string;
  const [founding] = readdirSync(join(world.root, '.blackbox/roster'));
  const { statement } = JSON.parse(readFileSync(join(world.root, '.blackbox/roster', founding ?? ''), 'utf8'));
  const [{ recipient, sign }] = statement.changes[0].keys;
  for (const path of ['a.txt', 'dir/b.txt', 'c.txt']) {
    const { own, others, payload } = ageFile(readFileSync(join(world.root, `${path}.age`)));
    const [type, digest, payloadDigest, key, place = '', groups, named] = own.args;
    const tag = sha256(`blackbox-ts/1 recipient\n${recipient}`).subarray(0, 16);
    expect([type, groups, unbare(named).toString()]).toEqual(['blackbox-ts/1', '-', path]);
    expect(digest).toBe(bare(sha256(`blackbox-ts/1 recipients\n${recipient}`)));
    expect(payloadDigest).toBe(bare(sha256(payload)));
    expect(key).toBe(bare(sha256(`blackbox-ts/1 signing key\n${sign}`).subarray(0, 16)));
    expect(own.body.subarray(0, 16)).toEqual(tag);
    const [index = 0, count = 0] = place.split('/').map(Number);
    const proof = own.body.subarray(16, -66);
    const signature = own.body.subarray(-64);
    expect([count, own.body.readUInt16BE(own.body.length - 66)]).toEqual([3, 64]);
    const claim = {
      vault,
      path,
      groups: [],
      recipients: unbare(digest).toString('hex') + tag.toString('hex'),
      stanzas: sha256(others).toString('hex'),
      payload: unbare(payloadDigest).toString('hex'),
      key: sign,
    };
    const leaf = sha256(Buffer.of(0), `blackbox-ts/1 file\n${JSON.stringify(claim)}`);
    const root = rootOf(leaf, index, count, proof).toString('hex');
    const message = Buffer.from(`blackbox-ts/1 files\n${count}\n${root}`);
    expect(verify(null, message, ed25519(sign), signature)).toBe(true);
  }
});

it('a statement is named and signed as it says', async () => {
  using world = await newWorld();
  const [file = ''] = readdirSync(join(world.root, '.blackbox/roster'));
  const { statement, signature } = JSON.parse(readFileSync(join(world.root, '.blackbox/roster', file), 'utf8'));
  expect(Object.keys(statement)).toEqual(['vault', 'after', 'at', 'by', 'key', 'changes']);
  const message = Buffer.from(`blackbox-ts/1 statement\n${JSON.stringify(statement)}`);
  expect(file).toBe(`${sha256(message).toString('hex')}.json`);
  expect(verify(null, message, ed25519(statement.key), unbare(signature))).toBe(true);
  expect(`${JSON.parse(readFileSync(join(world.root, '.blackbox/vault.json'), 'utf8')).id}.json`).toBe(file);
});
