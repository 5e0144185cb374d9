import assert from 'node:assert/strict';
import cluster from 'node:cluster';
import { once } from 'node:events';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { loadSecretsSync } from 'blackbox-ts';

// Each thread and each process loads for itself, with the key that all of them have: 5 ms, and nothing travels in messages.
const secrets = loadSecretsSync();

if (!isMainThread) {
  // What was handed over holds nothing; what was loaded here does.
  parentPort.postMessage([JSON.stringify(workerData), secrets.db.password.reveal().length]);
} else if (cluster.isWorker) {
  process.send(secrets.db.password.reveal().length);
  process.disconnect();
} else {
  const { length } = secrets.db.password.reveal();
  const [[handedOver, inThread]] = await once(
    new Worker(new URL(import.meta.url), { workerData: { db: secrets.db } }),
    'message',
  );
  assert.equal(handedOver, '{"db":{"user":{},"password":{}}}');
  assert.equal(inThread, length);
  const [inProcess] = await once(cluster.fork(), 'message');
  assert.equal(inProcess, length);
  console.log('a thread and a process have loaded them');
}
