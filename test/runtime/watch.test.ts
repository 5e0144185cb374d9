/** Secrets that follow their files: new ones only when they are good, the old ones until then. */
import { cpSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
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

it('follows a root that is led elsewhere, and a folder that another one has replaced, each time', async () => {
  const place = join(vault.home, 'deployed');
  const release = (name: string) => cpSync(vault.root, join(place, name), { recursive: true });
  const lead = (name: string) => {
    symlinkSync(name, join(place, 'next'));
    renameSync(join(place, 'next'), join(place, 'current'));
  };
  mkdirSync(place);
  release('1');
  lead('1');
  await start({ root: join(place, 'current') });
  for (const [name, old] of [
    ['2', '1'],
    ['3', '2'],
  ] as const) {
    await change(`{"a":"release ${name}"}`);
    release(name);
    lead(name);
    rmSync(join(place, old), { recursive: true });
    await until('it is told', () => seen.length === Number(old));
    expect(revealed(watching.secrets)).toEqual({ a: `release ${name}` });
  }
  for (const name of ['4', '5']) {
    await change(`{"a":"release ${name}"}`);
    release(name);
    renameSync(join(place, '3'), join(place, `old ${name}`));
    renameSync(join(place, name), join(place, '3'));
    await until('it is told', () => seen.length === Number(name) - 1);
    expect(revealed(watching.secrets)).toEqual({ a: `release ${name}` });
  }
});

it('hands on what the program fails with, waits for it, and goes on', async () => {
  const unwatched = () => () => undefined;
  let fail = true;
  const told: string[] = [];
  const onError = (error: Error) => {
    told.push(error.message);
    throw new Error('the program has a fault');
  };
  watching = await follow(vault.host(), unwatched, { onError }, async (secrets) => {
    await new Promise((resolve) => setTimeout(resolve, 20));
    if (fail) throw new Error('no connection');
    seen.push(revealed(secrets));
  });
  await change('{"a":"second"}');
  await expect(watching.reload()).rejects.toThrow('the program has a fault');
  expect([told, revealed(watching.secrets)]).toEqual([['no connection'], { a: 'second' }]);
  fail = false;
  await change('{"a":"third"}');
  await watching.reload();
  expect(seen).toEqual([{ a: 'third' }]);
  watching.close();
  const emit = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
  watching = await follow(vault.host(), unwatched, {}, () => Promise.reject(new Error('no connection')));
  await change('{"a":"fourth"}');
  await watching.reload();
  expect(emit).toHaveBeenCalledWith('onChange failed with new secrets: no connection', {
    code: 'BLACKBOX_NOT_RELOADED',
  });
  emit.mockRestore();
});

it('is not put off for ever by what is written beside them all the time', async () => {
  await start();
  const log = join(vault.root, 'server.log');
  const busy = setInterval(() => writeFileSync(log, 'x', { flag: 'a' }), 20);
  await change('{"a":"second"}');
  await until('it is told', () => seen.length > 0);
  clearInterval(busy);
  expect(revealed(watching.secrets)).toEqual({ a: 'second' });
});
