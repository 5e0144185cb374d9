import cluster from 'node:cluster';

// The primary loads nothing: it holds no secret, and hands none on. Its workers find the key where it would.
cluster.setupPrimary({ exec: new URL('worker.js', import.meta.url).pathname });
for (let i = 0; i < 2; i++) cluster.fork();

let closing = false;
cluster.on('exit', () => closing || cluster.fork());
cluster.on('listening', (worker, { port }) => process.send?.({ port, pid: worker.process.pid }));
process.on('disconnect', () => {
  closing = true;
  cluster.disconnect();
});
