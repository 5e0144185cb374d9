#!/usr/bin/env node
/**
 * An age plugin for tests: its "hardware" is a digest of what the key encodes, so that a recipient and an identity of the same bytes belong
 * together. FAKE_PLUGIN tells how it misbehaves, FAKE_PLUGIN_LOG where it notes each run.
 */
import { createCipheriv, createDecipheriv, createHash } from 'node:crypto';
import { appendFileSync, readSync, writeSync } from 'node:fs';

const [, machine] = /^--age-plugin=(.+)$/.exec(process.argv[2] ?? '') ?? [];
const mode = process.env.FAKE_PLUGIN ?? '';
if (process.env.FAKE_PLUGIN_LOG !== undefined) {
  const { BLACKBOX_IDENTITY, SOPS_AGE_KEY } = process.env;
  const note = { machine, pid: process.pid, cwd: process.cwd(), given: BLACKBOX_IDENTITY ?? SOPS_AGE_KEY ?? null };
  appendFileSync(process.env.FAKE_PLUGIN_LOG, `${JSON.stringify(note)}\n`);
}

let held = '';
function line() {
  while (!held.includes('\n')) {
    const piece = Buffer.alloc(65536);
    const got = readSync(0, piece, 0, piece.length, null);
    if (got === 0) process.exit(0);
    held += piece.toString('latin1', 0, got);
  }
  const end = held.indexOf('\n');
  const text = held.slice(0, end);
  held = held.slice(end + 1);
  return text;
}
function hear() {
  const [, ...args] = line().split(' ');
  let body = '';
  for (let text = line(); ; text = line()) {
    body += text;
    if (text.length < 64) return { args, body: Buffer.from(body, 'base64') };
  }
}
function say(args, body = Buffer.alloc(0)) {
  const text = body.toString('base64').replace(/=+$/, '');
  const lines = text.match(/.{64}/g) ?? [];
  const rest = text.slice(lines.length * 64);
  writeSync(1, `${[`-> ${args.join(' ')}`, ...lines, rest].join('\n')}\n`);
}
function ask(args, body) {
  say(args, body);
  return hear();
}

const dataOf = (key) => key.toLowerCase().slice(key.lastIndexOf('1') + 1, -6);
const digestOf = (data) => createHash('sha256').update(`fake ${data}`).digest();
const tagOf = (data) => digestOf(`tag ${data}`).toString('base64').slice(0, 6);
const nonce = Buffer.alloc(12);
const options = { authTagLength: 16 };
function seal(data, fileKey) {
  const cipher = createCipheriv('chacha20-poly1305', digestOf(data), nonce, options);
  return Buffer.concat([cipher.update(fileKey), cipher.final(), cipher.getAuthTag()]);
}
function open(data, body) {
  const decipher = createDecipheriv('chacha20-poly1305', digestOf(data), nonce, options);
  decipher.setAuthTag(body.subarray(16));
  return Buffer.concat([decipher.update(body.subarray(0, 16)), decipher.final()]);
}

const heard = [];
for (let command = hear(); command.args[0] !== 'done'; command = hear()) heard.push(command);
const of = (name) => heard.filter(({ args }) => args[0] === name);

const misbehave = {
  garbage: () => writeSync(1, 'Hello! I am no plugin.\n'),
  endless: () => {
    for (;;) writeSync(1, '-> '.padEnd(65536, 'A'));
  },
  chatty: () => {
    for (;;) ask(['msg'], Buffer.from('are we there yet?'));
  },
  early: () => {
    writeSync(2, 'panicked\nno \x1b[31mhardware\x1b[0m here\n');
    process.exit(1);
  },
  error: () => ask(['error', 'internal'], Buffer.from('no \x1b[2Jhardware\nhere')),
  'wrong-index': () => {
    ask(['recipient-stanza', '1', 'fake', 'x'], Buffer.alloc(32));
    ask(['file-key', '1'], Buffer.alloc(16));
  },
  scrypt: () => ask(['recipient-stanza', '0', 'scrypt', 'AAAAAAAAAAAAAAAAAAAAAA', '18'], Buffer.alloc(32)),
  native: () => ask(['recipient-stanza', '0', 'X25519', 'A'.repeat(43)], Buffer.alloc(32)),
  ours: () => ask(['recipient-stanza', '0', 'blackbox-ts/1', 'A'.repeat(43)], Buffer.alloc(16)),
  untyped: () => ask(['recipient-stanza', '0'], Buffer.alloc(16)),
  large: () => ask(['recipient-stanza', '0', 'fake'], Buffer.alloc(20_000)),
  two: () => [0, 1].map(() => ask(['recipient-stanza', '0', 'fake'], Buffer.alloc(32))),
  silent: () => {},
  'wrong-key': () => ask(['file-key', '0'], Buffer.alloc(16, 7)),
  'short-key': () => ask(['file-key', '0'], Buffer.alloc(15)),
  'two-keys': () => [0, 1].map(() => ask(['file-key', '0'], Buffer.alloc(16))),
};

/** Wants a PIN, asks for it in every way there is, and tells what it was answered. */
function questions() {
  const base64 = (text) => Buffer.from(text).toString('base64').replace(/=+$/, '');
  const answers = [
    ask(['msg'], Buffer.from('touch \x1b[1mme')),
    ask(['confirm', base64('insert it'), base64('skip')], Buffer.from('insert your key')),
    ask(['request-public'], Buffer.from('which slot?')),
    ask(['request-secret'], Buffer.from('PIN?')),
    ask(['unheard-of', 'x'], Buffer.from('?')),
  ];
  const told = answers.map(({ args, body }) => [...args, body.toString()].join(' ').trim()).join(', ');
  ask(['error', 'internal'], Buffer.from(`answers: ${told}`));
}

function work() {
  if (machine === 'recipient-v1') {
    const keys = of('wrap-file-key').map(({ body }) => body);
    for (const { args } of of('add-recipient')) {
      const data = dataOf(args[1]);
      for (const [i, key] of keys.entries()) ask(['recipient-stanza', `${i}`, 'fake', tagOf(data)], seal(data, key));
    }
    return;
  }
  for (const { args } of of('add-identity')) {
    const data = dataOf(args[1]);
    const mine = of('recipient-stanza').find(({ args: [, , type, tag] }) => type === 'fake' && tag === tagOf(data));
    if (mine === undefined) continue;
    if (mode === 'touch') ask(['msg'], Buffer.from('please touch the fake'));
    ask(['file-key', mine.args[1]], open(data, mine.body));
    return;
  }
}

if (mode === 'questions') questions();
else (misbehave[mode] ?? work)();
say(['done']);
if (mode === 'hang') setInterval(() => {}, 1000);
