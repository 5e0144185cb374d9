/** A headless browser, as a reviewer's would be but for its window: what becomes of a page in it. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

export const browser = 'chromium';

const quiet = `--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking
  --disable-component-update --disable-sync --disable-dev-shm-usage`.split(/\s+/);

function run(args: readonly string[], profile: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(browser, args, { stdio: ['ignore', 'pipe', 'ignore'], env: { ...process.env, HOME: profile } });
    const pieces: Buffer[] = [];
    const timer = setTimeout(() => child.kill('SIGKILL'), 50_000);
    child.stdout.on('data', (piece: Buffer) => pieces.push(piece));
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      if (code === 0) resolve(Buffer.concat(pieces).toString());
      else reject(new Error(`${browser} ended with ${signal ?? code}`));
    });
  });
}

/** The page's elements once its scripts have run, as HTML. @param hash what stands behind the # of its address @param more for the browser */
export async function domOf(html: string, hash = '', more: readonly string[] = []): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'bb-browser-'));
  try {
    const file = join(folder, 'page.html');
    writeFileSync(file, html);
    const profile = join(folder, 'profile');
    const words = [...quiet, ...more, `--user-data-dir=${profile}`, '--dump-dom', `${pathToFileURL(file)}#${hash}`];
    return await run(words, folder);
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
