import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import { watchSecrets } from 'blackbox-ts';

// Each worker follows the sealed files for itself: a new key is taken up without a restart, and a broken one is not.
const watching = await watchSecrets({}, () => {});

createServer((request, response) => {
  const signature = createHmac('sha256', watching.secrets.session.key.reveal()).update(request.url).digest('hex');
  response.setHeader('connection', 'close').end(JSON.stringify({ pid: process.pid, signature }));
}).listen(Number(process.env.PORT ?? 0));
