import { generateKeyPairSync, type KeyObject, randomBytes, sign, verify } from 'node:crypto';
import { type Chain, readChain } from '../../src/trust/chain.js';
import {
  type Change,
  type KeyEntry,
  type SignedStatement,
  type Statement,
  statementId,
  statementMessage,
} from '../../src/trust/statement.js';

/** Somebody with a signing key, for statements made by hand. */
export interface Signer {
  readonly name: string;
  readonly entry: KeyEntry;
  readonly privateKey: KeyObject;
}

const publicKeys = new Map<string, KeyObject>();

export function signer(name: string): Signer {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const text = `ed25519 ${publicKey.export({ format: 'der', type: 'spki' }).subarray(12).toString('base64')}`;
  publicKeys.set(text, publicKey);
  const recipient = `age1${statementId({ name } as never).slice(0, 40)}${Math.random().toString(36).slice(2, 10)}`;
  return { name, entry: { recipient, sign: text, block: null }, privateKey };
}

export function signed(statement: Statement, by: Signer): SignedStatement {
  return { id: statementId(statement), statement, signature: sign(null, statementMessage(statement), by.privateKey) };
}

export const checkSignature = ({ sign: key }: { readonly sign: string }, s: SignedStatement): boolean => {
  const publicKey = publicKeys.get(key);
  return publicKey !== undefined && verify(null, statementMessage(s.statement), publicKey, s.signature);
};

export function found(by: Signer): SignedStatement {
  const changes: Change[] = [{ do: 'add', name: by.name, role: 'admin', groups: [], keys: [by.entry] }];
  return signed(
    {
      vault: randomBytes(32).toString('hex'),
      after: [],
      at: '2026-01-01T00:00:00Z',
      by: by.name,
      key: by.entry.sign ?? '',
      changes,
    },
    by,
  );
}

export function say(founder: string, after: readonly string[], by: Signer, ...changes: Change[]): SignedStatement {
  const statement: Statement = {
    vault: founder,
    after: [...after].sort(),
    at: '2026-01-01T00:00:00Z',
    by: by.name,
    key: by.entry.sign ?? '',
    changes,
  };
  return signed(statement, by);
}

export const add = (who: Signer, role: 'admin' | 'writer' | 'reader' = 'admin'): Change => ({
  do: 'add',
  name: who.name,
  role,
  groups: [],
  keys: [who.entry],
});
export const remove = (who: Signer, ...confirm: SignedStatement[]): Change => ({
  do: 'remove',
  name: who.name,
  confirm: confirm.map((s) => s.id).sort(),
});

export function read(all: readonly SignedStatement[]): Chain {
  return readChain(all, all[0]?.id ?? '', checkSignature);
}

export function names(chain: Chain): string[] {
  return [...chain.members.keys()].sort();
}
