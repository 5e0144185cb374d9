import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

const value = /only-for-the-examples/;

test('no chunk for browsers has a value, and no page either', async () => {
  const chunks = readdirSync('.next', { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  assert.ok(chunks.length > 10);
  for (const { parentPath, name } of chunks)
    assert.doesNotMatch(readFileSync(join(parentPath, name), 'latin1'), value, name);
  const server = spawn(process.execPath, ['node_modules/next/dist/bin/next', 'start', '--port', '0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    let said = '';
    while (!/localhost:\d+/.test(said)) said += (await once(server.stdout, 'data'))[0];
    const page = await (await fetch(`http://${/localhost:\d+/.exec(said)[0]}/`)).text();
    assert.match(page, /\[secret db\.password\]/);
    assert.doesNotMatch(page, value);
  } finally {
    server.kill();
  }
});
