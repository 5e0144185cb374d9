/**
 * Values that somebody proposes who may not write: sealed for those who may read the file, and signed by nobody. They count for nothing until
 * somebody who may write has adopted them.
 */
import { createHash } from 'node:crypto';
import { showPath, visible } from '../text.js';
import {
  noProposal,
  notRegistered,
  plaintextMissing,
  proposalDamaged,
  sealedMissing,
  staleProposal,
} from './file-errors.js';
import type { Keyring } from './keyring.js';
import { openBytes, readSealedInfo } from './open.js';
import { joinPlans, plan } from './plan.js';
import { openForEdit, planEdit } from './plan-edit.js';
import { pluginsOf } from './plugins.js';
import { type ProposalName, proposalFile } from './proposal-names.js';
import { audienceOf, parseName } from './roster.js';
import { newEnvelope } from './seal.js';
import { inspectSealed } from './sealed.js';
import type { Plan, RegistryEntry, RepoPath, Roster, Vault } from './types.js';

/** As much as is pleasant to look at, and held in memory several times over. */
const proposalLimit = 32 * 1024 * 1024;

/** What is sealed with the value, so that nobody without a key can move it to another file or another name. */
interface Claim extends ProposalName {
  /** Digest of the payload in whose place it is to come. */
  readonly base: string;
}

export interface Proposal extends ProposalName {
  /** Where it lies. */
  readonly file: RepoPath;
  readonly content: Buffer;
  /** `SHA256:…` over the file as it lies there: what both sides compare. */
  readonly fingerprint: string;
  /** Whether the file has got another content since. */
  readonly stale: boolean;
  /** What is sealed now. */
  readonly current: Buffer;
}

export function proposalFingerprint(bytes: Uint8Array): string {
  return `SHA256:${createHash('sha256').update(bytes).digest('base64').replace(/=+$/, '')}`;
}

function baseOf(vault: Vault, path: RepoPath): string {
  const info = readSealedInfo(vault, path);
  if (info?.seal == null) throw sealedMissing(path);
  return info.seal.payload;
}

function firstLine({ by, path, base }: Claim): string {
  return `blackbox-ts/1 proposal ${JSON.stringify({ by, path, base })}\n`;
}

/** Seals the plaintext in the work tree for those who may read the file. @throws ERR_BLACKBOX_PLAINTEXT_MISSING, ERR_BLACKBOX_SEALED_MISSING */
export async function planPropose(vault: Vault, roster: Roster, entry: RegistryEntry, by: string): Promise<Plan> {
  const { files } = vault.host;
  const name = { by: parseName(by), path: entry.path };
  const content = files.read(files.within(vault.root, entry.path), proposalLimit);
  if (content === null) throw plaintextMissing(entry.path);
  const file = proposalFile(name);
  const claim = firstLine({ ...name, base: baseOf(vault, entry.path) });
  const { header, seal } = await newEnvelope(file, audienceOf(roster, entry).recipients, pluginsOf(vault));
  const pieces = () => [header, ...seal([Buffer.from(claim), content])];
  return plan({
    summary: [`propose a value of ${showPath(entry.path)} as ${visible(name.by)}`],
    writes: [{ path: files.within(vault.root, file), content: pieces, mode: 0o644 }],
    stage: [file],
  });
}

/** The value, if everything that is sealed with it is as its place says. */
function contentOf(opened: Buffer, { by, path }: ProposalName, file: RepoPath): { base: string; content: Buffer } {
  const end = opened.indexOf(10) + 1;
  const line = opened.toString('utf8', 0, end);
  const base = /"base":"([0-9a-f]{64})"\}\n$/.exec(line)?.[1] ?? '';
  if (line !== firstLine({ by, path, base })) throw proposalDamaged(file);
  return { base, content: opened.subarray(end) };
}

/**
 * Opens a proposal, and what it is to replace.
 * @throws ERR_BLACKBOX_NO_REQUEST, ERR_BLACKBOX_VAULT_DAMAGED, and those of `openSealed`
 */
export async function readProposal(
  vault: Vault,
  registry: readonly RegistryEntry[],
  name: ProposalName,
  keyring: Keyring,
): Promise<Proposal> {
  const { files } = vault.host;
  const file = proposalFile(name);
  if (!registry.some((e) => e.path === name.path)) throw notRegistered(name.path, []);
  const bytes = files.read(files.within(vault.root, file), proposalLimit + 1024 * 1024);
  if (bytes === null) throw noProposal(name.by, name.path);
  // What is signed belongs where its signature says, and nowhere else.
  if (inspectSealed(bytes, file).seal !== null) throw proposalDamaged(file);
  const { base, content } = contentOf(await openBytes(vault, file, bytes, keyring), name, file);
  const { content: current } = await openForEdit(vault, name.path, keyring);
  const stale = base !== baseOf(vault, name.path);
  return { ...name, file, content, fingerprint: proposalFingerprint(bytes), stale, current };
}

/**
 * The proposed value in the place of the current one, signed by whoever adopts it; the proposal goes.
 * @throws ERR_BLACKBOX_NEWER_SEALED when it was made for another version, unless forced; those of `planEdit`
 */
export async function planAdopt(
  vault: Vault,
  roster: Roster,
  registry: readonly RegistryEntry[],
  { by, path, file, content, current, stale }: Proposal,
  keyring: Keyring,
  force: boolean,
): Promise<Plan> {
  if (stale && !force) throw staleProposal(by, path);
  const done = plan({ summary: [`remove ${showPath(file)}`], remove: [file], unstage: [file] });
  if (content.equals(current)) return done;
  const { origin } = await openForEdit(vault, path, keyring);
  return joinPlans([await planEdit(vault, roster, registry, { path, content, base: origin }, keyring), done]);
}
