import { createHmac } from 'node:crypto';
import express from 'express';
import { secrets } from './secrets.js';

export const app = express();

app.get('/session/:id', ({ params }, response) => {
  // The one place where the key is needed is the one place where it is revealed.
  const signature = createHmac('sha256', secrets.session.key.reveal()).update(params.id).digest('hex');
  response.json({ id: params.id, signature });
});

// What should not be done is harmless.
app.get('/debug', (_, response) => response.json(secrets));
app.get('/crash', () => {
  throw new Error(`could not connect as ${secrets.db.user} with ${secrets.db.password}`, { cause: secrets });
});
