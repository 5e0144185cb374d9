/** Code for browsers: public names are in it, and no other value is, however written. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Bundling, bundling } from '../../src/runtime/bundle.js';
import { type Fixture, newFixture } from './fixture.js';

let vault: Fixture;
let bundle: Bundling;
beforeAll(async () => {
  vault = await newFixture();
  const tree = {
    api: { url: 'https://api.example.com', limits: { rate: 1000 } },
    db: { password: 'hunter2/correct', pin: 12, same: 'https://api.example.com' },
  };
  await vault.seal({ 'secrets.json': JSON.stringify(tree) });
  bundle = await bundling(vault.host(), { public: ['api.url', 'api.limits'] });
});
afterAll(() => vault[Symbol.dispose]());

it('defines public names, as code', () => {
  expect(bundle.define).toEqual({
    'import.meta.env.VITE_API_URL': '"https://api.example.com"',
    'import.meta.env.VITE_API_LIMITS': '{"rate":1000}',
  });
});

it('lets pass what is public, also under another name, and what is too short to mean anything', () => {
  expect(() => bundle.check([['a.js', 'fetch("https://api.example.com"); const n = 12']])).not.toThrow();
});

it('refuses a secret in any file, without showing it', () => {
  for (const text of ['hunter2/correct', 'hunter2%2Fcorrect', Buffer.from('x:hunter2/correct').toString('base64')]) {
    const check = () =>
      bundle.check([
        ['fine.js', 'x'],
        ['assets/a.js', Buffer.from(`const p = "${text}"`)],
      ]);
    expect(check).toThrow(expect.objectContaining({ code: 'ERR_BLACKBOX_EXPOSED', file: 'assets/a.js' }));
    expect(check).toThrow('with db.password in it');
    expect(check).not.toThrow(text);
  }
});

it('refuses a public name that is not there', async () => {
  await expect(bundling(vault.host(), { public: ['api.ulr'] })).rejects.toThrow('perhaps api.url is meant');
});
