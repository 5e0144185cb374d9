import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { createHmac, randomBytes } from 'node:crypto';
import { on, once } from 'node:events';
import { test } from 'node:test';
import { loadSecretsSync, openVault } from 'blackbox-ts';

const sign = (key) => createHmac('sha256', key).update('/7').digest('hex');

test('all workers sign with the same key, take up a new one, and are replaced', { timeout: 60_000 }, async (t) => {
  const primary = fork(new URL('primary.js', import.meta.url));
  t.after(() => primary.kill());
  const begun = on(primary, 'message');
  const next = async () => (await begun.next()).value[0];
  const [{ port, pid: one }, { pid: two }] = [await next(), await next()];
  const ask = async () => (await fetch(`http://localhost:${port}/7`)).json();
  // The workers take turns.
  const both = async () => [await ask(), await ask()].sort((a, b) => a.pid - b.pid);
  const answers = (key, pids) => pids.sort((a, b) => a - b).map((pid) => ({ pid, signature: sign(key) }));

  assert.deepEqual(await both(), answers(loadSecretsSync().session.key.reveal(), [one, two]));

  const key = randomBytes(24).toString('base64');
  await (await openVault()).set('secrets.json', 'session.key', key);
  while ((await both()).some(({ signature }) => signature !== sign(key)));

  process.kill(one);
  const { pid: three } = await next();
  assert.deepEqual(await both(), answers(key, [two, three]));

  primary.disconnect();
  assert.deepEqual(await once(primary, 'exit'), [0, null]);
});
