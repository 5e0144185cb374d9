/** A Redis of one's own, and as much of its protocol as a cache needs. https://redis.io/docs/latest/develop/reference/protocol-spec/ */
import { type ChildProcess, spawn } from 'node:child_process';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';

export interface Redis extends Disposable {
  get(key: string): Promise<string | undefined>;
  set(key: string, value: string, ttl?: number): Promise<void>;
  command(...words: string[]): Promise<string | null>;
}

function open(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(path, () => resolve(socket));
    socket.on('error', reject);
  });
}

async function opened(path: string, server: ChildProcess): Promise<Socket> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await open(path);
    } catch (error) {
      if (attempt > 500 || server.exitCode !== null) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

/** Answers come in the order of the questions: `+OK`, `-ERR …`, `:1`, `$5 hello`, `$-1`. */
function asker(socket: Socket): (words: readonly string[]) => Promise<string | null> {
  const waiting: ((answer: string | null) => void)[] = [];
  let text = '';
  socket.on('data', (piece) => {
    text += piece.toString('latin1');
    for (let match = answer.exec(text); match !== null; match = answer.exec(text)) {
      const length = match[1] === '$' ? Number(match[2]) : -1;
      const end = match[0].length + (length < 0 ? 0 : length + 2);
      if (text.length < end) return;
      waiting.shift()?.(match[1] !== '$' ? (match[2] ?? '') : length < 0 ? null : text.slice(match[0].length, end - 2));
      text = text.slice(end);
    }
  });
  return (words) =>
    new Promise((resolve) => {
      waiting.push(resolve);
      socket.write(`*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`);
    });
}
const answer = /^([+\-:$])([^\r]*)\r\n/;

export async function startRedis(folder: string): Promise<Redis> {
  const path = join(folder, 'redis.sock');
  const server = spawn('redis-server', ['--port', '0', '--unixsocket', path, '--save', '', '--dir', folder], {
    stdio: 'ignore',
  });
  const socket = await opened(path, server);
  const ask = asker(socket);
  return {
    command: (...words) => ask(words),
    get: async (key) => (await ask(['GET', key])) ?? undefined,
    set: async (key, value, ttl) => {
      await ask(['SET', key, value, ...(ttl === undefined ? [] : ['PX', String(ttl)])]);
    },
    [Symbol.dispose]: () => {
      socket.destroy();
      server.kill('SIGKILL');
    },
  };
}
