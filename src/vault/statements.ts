/** Where statements lie: in the repository, one file each, and, remembered for ever, in this clone's own state. */
import { join } from 'node:path';
import { BlackboxError } from '../errors.js';
import { mostStatements, statementLimit } from '../trust/limits.js';
import { formatStatement, parseStatement, type SignedStatement } from '../trust/statement.js';
import { brokenVaultFile, tooMany } from './errors.js';
import type { RepoPath, Vault } from './types.js';

export const statementsFolder = '.blackbox/roster';
/** As many statements as there may be are a tenth of it, OpenPGP keys and all. */
const allStatementsLimit = 64 * 1024 * 1024;

export function statementPath(id: string): RepoPath {
  return `${statementsFolder}/${id}.json` as RepoPath;
}

/** @param file its path, for sentences, the name at its end being the statement's id */
export function parseStatementFile(text: string, file: string): SignedStatement {
  try {
    const signed = parseStatement(text);
    if (!file.endsWith(`${signed.id}.json`)) throw brokenVaultFile(file, 'it is not the statement that its name says');
    return signed;
  } catch (error) {
    if (!(error instanceof BlackboxError) || error.code !== 'ERR_BLACKBOX_STATEMENT_BROKEN') throw error;
    throw brokenVaultFile(file, error.sentence);
  }
}

/** The names of the statement files in the work tree, sorted. @throws ERR_BLACKBOX_VAULT_DAMAGED for anything else that lies there */
export function statementNames(vault: Pick<Vault, 'host' | 'root' | 'folder'>): string[] {
  vault.host.files.within(vault.root, statementsFolder);
  // What file managers leave behind is nobody's statement.
  const names = vault.host.files.list(join(vault.folder, 'roster')).filter((name) => !name.startsWith('.'));
  if (names.length > mostStatements) throw tooMany('statement', mostStatements, statementsFolder);
  const stray = names.find((name) => !/^[0-9a-f]{64}\.json$/.test(name));
  if (stray !== undefined) throw brokenVaultFile(`${statementsFolder}/${stray}`, 'only statements belong here');
  return names;
}

export function readStatements(vault: Pick<Vault, 'host' | 'root' | 'folder'>): SignedStatement[] {
  const { files } = vault.host;
  let room = allStatementsLimit;
  return statementNames(vault).map((name) => {
    const file = `${statementsFolder}/${name}`;
    const content = files.read(files.within(vault.root, file), statementLimit);
    if (content === null) throw brokenVaultFile(file, 'it vanished while it was read');
    room -= content.length;
    if (room < 0) throw brokenVaultFile(statementsFolder, `its statements are larger than ${allStatementsLimit} bytes`);
    return parseStatementFile(content.toString('utf8'), file);
  });
}

const remembered = (vault: Pick<Vault, 'state'>) => join(vault.state, 'statements');

/** Every statement of this vault that this clone has ever found valid. What cannot be read any more is not remembered. */
export function rememberedStatements(vault: Pick<Vault, 'host' | 'state'>, founder: string): SignedStatement[] {
  const { files } = vault.host;
  const folder = remembered(vault);
  const all = files.list(folder).flatMap((name) => {
    try {
      const content = files.read(join(folder, name), statementLimit);
      return content === null ? [] : [parseStatementFile(content.toString('utf8'), name)];
    } catch (error) {
      if (error instanceof BlackboxError) return [];
      throw error;
    }
  });
  return all.filter((s) => s.id === founder || s.statement.vault === founder);
}

/** Remembers statements that were found valid. */
export function rememberStatements(vault: Pick<Vault, 'host' | 'state'>, statements: Iterable<SignedStatement>): void {
  const { files } = vault.host;
  const folder = remembered(vault);
  const known = new Set(files.list(folder));
  const fresh = [...statements].filter((s) => !known.has(`${s.id}.json`));
  if (fresh.length === 0) return;
  files.makeFolder(folder, 0o700);
  for (const signed of fresh) files.writeLocal(join(folder, `${signed.id}.json`), formatStatement(signed));
}
