/** Run by vitest for every file of tests, in which it counts as its beginning. */
import { afterAll } from 'vitest';
import { doWaiting } from './after-file.js';

afterAll(doWaiting);
