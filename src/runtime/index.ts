/** What a program that needs secrets may use. The host is handed in: `src/index.ts` binds this machine's. */
export { loadBytes, loadBytesSync, loadTree, loadTreeSync } from './load.js';
export type { LoadOptions, OpenOptions } from './types.js';
