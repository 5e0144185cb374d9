/** What must not be committed. */
export {
  type Allowance,
  allowedFile,
  allowedOn,
  formatAllowed,
  type Identify,
  identifier,
  isAllowanceId,
  isDay,
  largestAllowed,
  parseAllowed,
} from './allowed.js';
export {
  type GuardReport,
  guardReport,
  isBlocking,
  isGuess,
  type RenderOptions,
  renderFindings,
  type Scope,
} from './findings.js';
export { largestGitleaks } from './gitleaks.js';
export { allHooks, type HookFiles, type HookName, type HookPlace, hookNames, strictHook } from './hook-place.js';
export type { ProgramPlace } from './hook-script.js';
export { inspect, inspector, type Rules, scan } from './inspect.js';
export {
  applyHookPlan,
  type HookPlan,
  type HookSource,
  type HookStatus,
  hookStatus,
  installHook,
  planHookInstall,
  planHookUninstall,
  proveHook,
  type RunHook,
  uninstallHook,
} from './install.js';
export { canKnow, type Learning, learn, learnFiles, publicKeysOf, unlearn } from './learn.js';
export type { Pointer } from './lfs.js';
export {
  formatPublic,
  largestPublic,
  parsePublic,
  publicFile,
  publicKeysByPath,
} from './public.js';
export { canaryPath, foldPath, type Judge } from './registered.js';
export { forget, type Plaintext, type Remembered, type RememberOptions, remember } from './remember.js';
export type { Hit } from './scan.js';
export {
  isSameOpen,
  largestIndex,
  makeIndex,
  parseIndex,
  type ScanIndex,
  type ToIndex,
  withIndexes,
} from './scan-index.js';
export { type KnownValues, loadKnown, type StateFiles } from './store.js';
export type { Candidate, Finding, Severity } from './types.js';
