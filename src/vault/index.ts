/** What the layers above may use of the vault. */

export type { Chain, Member } from '../trust/chain.js';
export { roles } from '../trust/limits.js';
export type { Change, KeyEntry, Role, SignedStatement } from '../trust/statement.js';
export { authorOf, whyNotAuthentic } from './authentic.js';
export { type Exposure, exposure } from './exposure.js';
export { attributeLines, ignorePattern } from './gitfiles.js';
export type { FoundIdentity } from './identity-source.js';
export { identityPath, type Keyring, type KeyringOptions, openKeyring, ownRecipients } from './keyring.js';
export { type Cause, type EventKind, type LedgerEvent, type Place, placedValues, showKey } from './ledger.js';
export { departureCount, ledgerEntries } from './ledger-files.js';
export type { OpenItem, Reuse } from './ledger-review.js';
export { type LooseFile, looseLocalFiles } from './local.js';
export { mergeSealed, type Versions } from './merge.js';
export { keyEntries, type Newcomer, withChanges, withoutKey, withoutPerson, withPerson } from './next-roster.js';
export { type OlderVersion, olderIn, olderVersion, type PutBack, putBackIn } from './older.js';
export {
  type OpenOptions as OpenSealedOptions,
  openBytes,
  openPieces,
  openSealed,
  openSealedSync,
  readSealedInfo,
} from './open.js';
export { parseRepoPath, sealedPath, toRepoPath } from './paths.js';
export { expectedFounder, pinnedFounder, unpin } from './pin.js';
export { type ApplyOptions, apply, isEmpty, joinPlans, journalsOf, locked, plan, textWrite } from './plan.js';
export { removedElsewhere } from './plan-brought.js';
export { type DecryptPlan, planDecrypt, planShred, proveSealed } from './plan-decrypt.js';
export {
  closedTo,
  type DeparturePlan,
  filesReadableBy,
  planRemovePerson,
  planRetireKey,
  type ReadableFiles,
  strayFilesOf,
} from './plan-departures.js';
export { planDeregister } from './plan-deregister.js';
export { checkUnmoved, hasPlaintextToUpdate, type OpenedForEdit, openForEdit, planEdit } from './plan-edit.js';
export { type EncryptPlan, planEncrypt } from './plan-encrypt.js';
export { allowedPlan, attributesPlan } from './plan-gitfiles.js';
export { begunStatement, formatPerson, foundingStatement, initialPaths, planInit } from './plan-init.js';
export { planMove, proveMoved } from './plan-move.js';
export {
  type NextRoster,
  personPath,
  planAddPerson,
  planChangePerson,
} from './plan-people.js';
export { checkNewPath, planRegister, planRegisterContent } from './plan-register.js';
export { planReseal, type ResealPlan } from './plan-reseal.js';
export { examineRotation, planNotSecret, planPrune, type Rotation } from './plan-rotation.js';
export { openProposals, type ProposalName, proposalFile } from './proposal-names.js';
export { type Proposal, planAdopt, planPropose, proposalFingerprint, readProposal } from './proposals.js';
export {
  formatRegistry,
  parseRegistry,
  pickEntries,
  readRegistry,
  registeredGroups,
  registryFile,
} from './registry.js';
export { beginRemoval, endRemoval, removalFile, seenBefore } from './removal.js';
export {
  openRequests,
  type Request,
  readRequest,
  requestFingerprint,
  requestPath,
} from './requests.js';
export {
  entitledPeople,
  examineViews,
  findPerson,
  isFor,
  keyLine,
  parseName,
  personFile,
  personText,
  personWith,
  readRoster,
  recipientsOf,
  seenRoster,
} from './roster.js';
export {
  dropScanPlan,
  isScanPath,
  openScanIndex,
  ownEntries,
  type ScanAudience,
  scanAudiences,
  scanEntries,
  scannersOf,
  scanPlan,
  sealedContentOf,
} from './scan-files.js';
export { inspectSealed, isCompleteSealedFile, recipientTag, textTag } from './sealed.js';
export { ownSigning, type Signing } from './signer.js';
export { audienceGap, fileStates, sealedOrDamaged } from './state.js';
export { statementPath } from './statements.js';
export {
  type Authority,
  authorityOf,
  checkDeletions,
  currentMembers,
  readTrust,
  recordTrust,
  type Trust,
  trustOf,
} from './trust.js';
export { commitWords } from './trust-errors.js';
export type * from './types.js';
export {
  dropUnfinished,
  type Kept,
  openUnfinished,
  prepareUnfinished,
  readUnfinished,
  unfinishedOf,
} from './unfinished.js';
export { findVault, hasScanIndex, hasVault, localKey, locate, mayEnd, parseVaultFile, vaultFile } from './vault.js';
