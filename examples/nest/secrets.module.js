import 'reflect-metadata';
import { Global, Module } from '@nestjs/common';
import { loadSecrets } from 'blackbox-ts';

export const SECRETS = Symbol('secrets');

/** Secrets for every module: `@Inject(SECRETS) secrets`. In plain JavaScript, decorators are functions that are called. */
export class SecretsModule {}
Global()(SecretsModule);
Module({ providers: [{ provide: SECRETS, useFactory: () => loadSecrets() }], exports: [SECRETS] })(SecretsModule);
