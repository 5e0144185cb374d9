/** A headless browser, as a reviewer's would be but for its window: what becomes of a page in it. One for all pages of a file of tests. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { afterThisFile } from './after-file.js';

export const browser = 'chromium';

const quiet = `--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking
  --disable-component-update --disable-sync --disable-dev-shm-usage --remote-debugging-pipe`.split(/\s+/);

/** A page may take so long. */
const patience = 50_000;

/** What the browser says: answers to what it was told, and events. https://chromedevtools.github.io/devtools-protocol/ */
interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly sessionId?: string;
  readonly error?: { readonly message: string };
  readonly result?: Readonly<Record<string, unknown>>;
}

interface Session {
  tell(method: string, params?: object, sessionId?: string): Promise<Readonly<Record<string, unknown>>>;
  happens(method: string, sessionId: string): Promise<void>;
  tab(): Promise<string>;
}

interface Waiting {
  readonly fits: (message: Message) => boolean;
  readonly come: (message: Message) => void;
}

let running: Session | null = null;

function begin(): Session {
  const folder = mkdtempSync(join(tmpdir(), 'bb-browser-'));
  const child = spawn(browser, [...quiet, `--user-data-dir=${join(folder, 'profile')}`], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
    env: { ...process.env, HOME: folder, TMPDIR: folder },
    detached: true,
  });
  afterThisFile(() => {
    running = null;
    end(child, folder);
  });
  return talkTo(child);
}

function end({ pid }: ChildProcess, folder: string): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended by itself, which its pages have told.
  }
  rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
}

// Each message ends with a NUL.
function talkTo(child: ChildProcess): Session {
  const waiting = new Set<Waiting>();
  const [input, output] = [child.stdio[3] as Writable, child.stdio[4] as Readable];
  let rest = '';
  output.setEncoding('utf8');
  output.on('data', (piece: string) => {
    const messages = (rest + piece).split('\0');
    rest = messages.pop() ?? '';
    for (const text of messages) {
      const message: Message = JSON.parse(text);
      for (const one of waiting) if (one.fits(message)) one.come(message);
    }
  });
  const hear = (what: string, fits: Waiting['fits']) =>
    new Promise<Message>((resolve, reject) => {
      const fail = () => reject(new Error(`${browser} ended, or waited in vain: ${what}`));
      const timer = setTimeout(fail, patience);
      child.once('exit', fail).once('error', reject);
      const one: Waiting = {
        fits,
        come: (message) => {
          waiting.delete(one);
          clearTimeout(timer);
          child.off('exit', fail).off('error', reject);
          resolve(message);
        },
      };
      waiting.add(one);
    });
  let ordinal = 0;
  let tab: Promise<string> | null = null;
  const session: Session = {
    tab: () => {
      tab ??= openTab(session);
      return tab;
    },
    async tell(method, params = {}, sessionId) {
      const id = ++ordinal;
      const answer = hear(method, (message) => message.id === id);
      input.write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
      const { error, result = {} } = await answer;
      if (error !== undefined) throw new Error(`${browser}: ${method}: ${error.message}`);
      return result;
    },
    async happens(method, sessionId) {
      await hear(method, (message) => message.method === method && message.sessionId === sessionId);
    },
  };
  return session;
}

export type ColourScheme = 'light' | 'dark';

/** One page after another in one tab, whose process is kept; they keep nothing that another could find. */
async function openTab(session: Session): Promise<string> {
  const { targetId } = await session.tell('Target.createTarget', { url: 'about:blank' });
  const { sessionId } = await session.tell('Target.attachToTarget', { targetId, flatten: true });
  await session.tell('Page.enable', {}, String(sessionId));
  return String(sessionId);
}

async function show(address: string, scheme: ColourScheme): Promise<string> {
  running ??= begin();
  const { tell, happens, tab } = running;
  const page = await tab();
  const features = [{ name: 'prefers-color-scheme', value: scheme }];
  await tell('Emulation.setEmulatedMedia', { features }, page);
  const loaded = happens('Page.loadEventFired', page);
  await tell('Page.navigate', { url: address }, page);
  await loaded;
  const expression = 'document.documentElement.outerHTML';
  const { result } = await tell('Runtime.evaluate', { expression, returnByValue: true }, page);
  return String((result as { readonly value: unknown }).value);
}

let last: Promise<unknown> = Promise.resolve();

/** When the pages before have been shown. */
function domAt(address: string, scheme: ColourScheme): Promise<string> {
  const shown = last.then(() => show(address, scheme));
  last = shown.catch(() => {});
  return shown;
}

/** The page's elements once its scripts have run, as HTML. @param hash what stands behind the # of its address @param scheme what the user prefers */
export async function domOf(html: string, hash = '', scheme: ColourScheme = 'light'): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'bb-page-'));
  try {
    const file = join(folder, 'page.html');
    writeFileSync(file, html);
    return await domAt(`${pathToFileURL(file)}#${hash}`, scheme);
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** Runs `work` with the address of a server of ours, and tells what was asked of it. */
export async function requestsDuring(work: (address: string) => Promise<unknown>): Promise<string[]> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    response.setHeader('access-control-allow-origin', '*');
    response.end('');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    await work(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    await new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    });
  }
  return asked;
}
