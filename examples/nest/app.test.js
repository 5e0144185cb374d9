import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { Inject, Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { mockSecrets } from 'blackbox-ts';
import { SECRETS, SecretsModule } from './secrets.module.js';

class Database {
  constructor(secrets) {
    this.secrets = secrets;
  }
  connect() {
    return this.secrets.db.password.reveal().length;
  }
}
Injectable()(Database);
Inject(SECRETS)(Database, undefined, 0);

class AppModule {}
Module({ imports: [SecretsModule], providers: [Database] })(AppModule);

test('a service gets them injected, and whoever prints it sees names', async () => {
  const app = await NestFactory.createApplicationContext(AppModule, { logger: false });
  const database = app.get(Database);
  assert.equal(database.connect(), 28);
  assert.doesNotMatch(inspect(app.get(SECRETS), { depth: 10, showHidden: true }), /only-for-the-examples/);
  await app.close();
  assert.equal(new Database(mockSecrets(undefined, { db: { password: 'four' } })).connect(), 4);
});
