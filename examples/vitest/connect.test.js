import { mockSecrets } from 'blackbox-ts';
import { expect, it } from 'vitest';
import { connectionString, schema } from './connect.js';

// No vault and no key: whoever may read no secret may run the tests.
it('builds a connection string', () => {
  const secrets = mockSecrets(schema, { db: { user: 'test', password: 'p@ssword' } });
  expect(connectionString(secrets)).toBe('postgres://test:p%40ssword@localhost:5432/app');
  expect(secrets).toEqual(mockSecrets(schema, { db: { user: 'test', password: 'p@ssword' } }));
  expect(secrets).not.toEqual(mockSecrets(schema, { db: { user: 'test', password: 'another one' } }));
});
