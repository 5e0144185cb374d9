/** Threads beside the main one: for work that only computes. What runs in them is `src/worker.ts`. */
import type { Threads } from './types.js';

/** Beyond this many the main thread is what others wait for. */
const mostThreads = 3;
/** Where it is seen from here, in the source as in what is built of it. */
const program = () => new URL('../worker.js', import.meta.url);

/** See {@link Threads}. */
export function nodeThreads(): Threads {
  const { availableParallelism } = process.getBuiltinModule('node:os');
  const spare = Math.min(mostThreads, availableParallelism() - 1);
  return { spare, start: () => startAll(spare) };
}

function startAll(count: number): ReturnType<Threads['start']> {
  const { Worker } = process.getBuiltinModule('node:worker_threads');
  const answers: unknown[] = [];
  let [running, wake]: [number, () => void] = [count, () => {}];
  let failure: unknown = null;
  const ended = (error: unknown) => {
    failure ??= error;
    wake();
  };
  // Nothing of the environment is of use there, and secrets in it are nobody's business.
  const workers = Array.from({ length: count }, () => new Worker(program(), { env: {}, execArgv: [] }));
  for (const worker of workers) {
    worker.on('message', (answer: unknown) => {
      answers.push(answer);
      wake();
    });
    worker.on('error', ended);
    worker.on('exit', (code) =>
      ended(code !== 0 ? 'a thread was stopped' : --running > 0 ? null : 'no thread is left'),
    );
  }
  return {
    give: (task) => {
      for (const worker of workers) worker.postMessage(task);
    },
    async next() {
      while (answers.length === 0) {
        if (failure !== null)
          throw new Error('a thread of this program ended before its work was done', { cause: failure });
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      return answers.shift();
    },
    end: () => {
      for (const worker of workers) void worker.terminate();
    },
  };
}

/** In such a thread: does the task that it is given, and answers as results come. */
export function serve<T>(work: (task: T) => Iterable<unknown>): void {
  const { parentPort } = process.getBuiltinModule('node:worker_threads');
  parentPort?.once('message', (task: T) => {
    for (const answer of work(task)) parentPort.postMessage(answer);
  });
}
