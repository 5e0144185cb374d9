/** What a program that needs secrets may use. The host is handed in: `src/index.ts` binds this machine's. */
export type { Layer, Origin } from './layers.js';
export { load, loadBytes, loadBytesSync, loadSync, loadTree, loadTreeSync } from './load.js';
export { type Mocked, mocked } from './mock.js';
export type * from './types.js';
