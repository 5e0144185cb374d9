import assert from 'node:assert/strict';
import { once } from 'node:events';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { loadSecretsSync } from 'blackbox-ts';

// Each thread loads for itself, with the key that all of them have: 5 ms, and nothing travels in messages.
const secrets = loadSecretsSync();

if (!isMainThread) {
  // What was handed over holds nothing; what was loaded here does.
  parentPort.postMessage([JSON.stringify(workerData), secrets.db.password.reveal().length]);
} else {
  const { length } = secrets.db.password.reveal();
  const worker = new Worker(new URL(import.meta.url), { workerData: { db: secrets.db } });
  const [[handedOver, inThread]] = await once(worker, 'message');
  assert.equal(handedOver, '{"db":{"user":{},"password":{}}}');
  assert.equal(inThread, length);
  console.log('a thread has loaded them');
}
