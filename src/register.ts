/**
 * `import 'blackbox-ts/register'`, `node --import blackbox-ts/register`: the secrets in `process.env`, before the program begins. What stands
 * there already stays. It throws, and the program does not begin, when they cannot be had.
 */
import { nodeHost } from './host/host.js';
import { fillEnvironment } from './runtime/process-env.js';

fillEnvironment(nodeHost(), process.env, {});
