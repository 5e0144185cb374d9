import assert from 'node:assert/strict';
import { test } from 'node:test';
import { app } from './app.js';

const value = /only-for-the-examples/;

test('it works with the secrets, and gives none away', async () => {
  const logged = [];
  console.error = (...words) => logged.push(words);
  const server = app.listen(0);
  const get = async (path) => (await fetch(`http://localhost:${server.address().port}${path}`)).text();
  const [session, debug, crash] = await Promise.all(['/session/7', '/debug', '/crash'].map(get));
  server.close();
  assert.match(session, /"signature":"[0-9a-f]{64}"/);
  assert.match(debug, /\[secret db\.password\]/);
  assert.match(crash, /could not connect as app with \[secret db\.password\]/);
  for (const body of [session, debug, crash]) assert.doesNotMatch(body, value);
  const { inspect } = await import('node:util');
  assert.doesNotMatch(inspect(logged, { depth: 10, showHidden: true }), value);
});
