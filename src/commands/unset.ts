export { unsetCommand as command } from './set.js';
