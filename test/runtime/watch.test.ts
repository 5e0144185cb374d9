/** Secrets that follow their files: new ones only when they are good, the old ones until then. */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { watchFolders } from '../../src/host/watch.js';
import { revealed } from '../../src/runtime/sealed.js';
import type { Secrets, Watching, WatchOptions } from '../../src/runtime/types.js';
import { follow } from '../../src/runtime/watch.js';
import { until } from '../harness/run.js';
import { type Fixture, newFixture } from './fixture.js';

let vault: Fixture;
let watching: Watching<Secrets<unknown>>;
let seen: unknown[];
let errors: Error[];
beforeEach(async () => {
  vault = await newFixture();
  await vault.seal({ 'secrets.json': '{"a":"first"}' });
  [seen, errors] = [[], []];
});
afterEach(() => {
  watching[Symbol.dispose]();
  vault[Symbol.dispose]();
});

const start = async (options: WatchOptions = {}) => {
  const onError = (error: Error) => void errors.push(error);
  watching = await follow(
    vault.host(),
    watchFolders,
    { onError, schema: z.looseObject({ a: z.string() }), ...options },
    (secrets, before) => {
      seen.push([revealed(before), revealed(secrets)]);
    },
  );
};
const change = (content: string) => vault.seal({ 'secrets.json': content });

it('swaps them when they have changed, once for many changes, and across an atomic rename', async () => {
  await start();
  await change('{"a":"second"}');
  await change('{"a":"third"}');
  const sealed = readFileSync(join(vault.root, 'secrets.json.age'));
  writeFileSync(join(vault.root, 'tmp'), sealed);
  renameSync(join(vault.root, 'tmp'), join(vault.root, 'secrets.json.age'));
  await until('it is told', () => seen.length > 0);
  expect(seen).toEqual([[{ a: 'first' }, { a: 'third' }]]);
  expect(revealed(watching.secrets)).toEqual({ a: 'third' });
  // Sealed anew with the same content: nothing to tell.
  await change('{"a":"third"}');
  await watching.reload();
  expect([seen.length, errors]).toEqual([1, []]);
});

it('keeps the last good ones until there are good ones again', async () => {
  await start();
  await change('{"a":5}');
  await watching.reload();
  expect(errors.at(-1)).toMatchObject({ code: 'ERR_BLACKBOX_INVALID' });
  writeFileSync(join(vault.root, 'secrets.json.age'), 'damaged');
  await watching.reload();
  expect(errors.at(-1)).toMatchObject({ code: 'ERR_BLACKBOX_NOT_SEALED' });
  expect([revealed(watching.secrets), seen]).toEqual([{ a: 'first' }, []]);
  await change('{"a":"good"}');
  await watching.reload();
  expect(revealed(watching.secrets)).toEqual({ a: 'good' });
});

it('follows the local file, too, and nothing after it was closed', async () => {
  await start();
  vault.write('secrets.local.json', '{"a":"local"}');
  await until('it is told', () => seen.length > 0);
  expect(revealed(watching.secrets)).toEqual({ a: 'local' });
  watching.close();
  await change('{"a":"late"}');
  vault.write('secrets.local.json', '{"a":"later"}');
  await new Promise((resolve) => setTimeout(resolve, 250));
  await watching.reload();
  expect(seen.length).toBe(1);
});

it('does not miss what changes while they are read for the first time', async () => {
  let tell: () => void = () => undefined;
  let stopped = 0;
  const watch = (_: readonly string[], onEvent: () => void) => {
    tell = onEvent;
    return () => void stopped++;
  };
  let reading = true;
  const schema = z.looseObject({}).refine(async () => {
    if (reading) await change('{"a":"while it was read"}');
    if (reading) tell();
    reading = false;
    return true;
  });
  watching = await follow(vault.host(), watch, { schema }, (secrets) => void seen.push(revealed(secrets)));
  await until('it is told', () => seen.length > 0);
  expect(seen).toEqual([{ a: 'while it was read' }]);
  await follow(vault.host('', {}), watch, {}, () => undefined).catch(() => undefined);
  expect(stopped).toBe(1);
});

it('throws at once when there is nothing to begin with, and warns where nobody listens', async () => {
  const refused = await follow(vault.host('', {}), watchFolders, {}, () => undefined).catch((e: unknown) => e);
  expect(refused).toMatchObject({ code: 'ERR_BLACKBOX_NO_IDENTITY' });
  const emit = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
  await start({ onError: undefined });
  writeFileSync(join(vault.root, 'secrets.json.age'), 'damaged');
  await watching.reload();
  expect(emit).toHaveBeenCalledWith(expect.stringContaining('the last good ones stay'), {
    code: 'BLACKBOX_NOT_RELOADED',
  });
  emit.mockRestore();
});
