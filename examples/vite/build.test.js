import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { loadSecretsSync } from 'blackbox-ts';
import { build } from 'vite';

test('public names are in the code, and nothing else is', async () => {
  await build({ logLevel: 'silent' });
  const code = readdirSync('dist/assets')
    .map((name) => readFileSync(`dist/assets/${name}`, 'utf8'))
    .join('');
  assert.match(code, /https:\/\/api\.example\.com/);
  assert.doesNotMatch(code, /only-for-the-examples/);
});

test('a build with a secret in it fails, however that is written', async () => {
  const password = loadSecretsSync().db.password.reveal();
  for (const text of [password, Buffer.from(`app:${password}`).toString('base64')]) {
    const define = { 'import.meta.env.VITE_LEAK': JSON.stringify(text) };
    const leaking = build({ logLevel: 'silent', define, build: { rollupOptions: { input: 'leak.js' } } });
    await assert.rejects(leaking, (error) => {
      assert.match(error.message, /with db\.password in it/);
      assert.ok(!error.message.includes(text));
      return true;
    });
  }
});
