/** Every sentence with which statements are refused. */
import { BlackboxError } from '../errors.js';
import { shellWord, visible } from '../text.js';

const folder = '.blackbox/roster';

/** How a statement is called in sentences and where it lies. */
export function statementFile(id: string): string {
  return `${folder}/${id}.json`;
}

const review = (id: string) => [`to see who brought it: git log -p -- ${shellWord(statementFile(id))}`];

export function brokenStatement(reason: string): BlackboxError {
  return new BlackboxError('ERR_BLACKBOX_STATEMENT_BROKEN', `the statement cannot be read: ${reason}`);
}

export function forgedStatement(id: string, by: string): BlackboxError {
  return new BlackboxError(
    'ERR_BLACKBOX_STATEMENT_FORGED',
    `the statement ${id.slice(0, 16)} was not signed by ${visible(by)}, or was altered`,
    {
      file: statementFile(id),
      hints: review(id),
    },
  );
}

export function foreignStatement(id: string): BlackboxError {
  return new BlackboxError(
    'ERR_BLACKBOX_STATEMENT_FOREIGN',
    `the statement ${id.slice(0, 16)} belongs to another vault`,
    {
      file: statementFile(id),
      hints: review(id),
    },
  );
}

export function missingStatement(id: string, builtUpon: string): BlackboxError {
  return new BlackboxError(
    'ERR_BLACKBOX_STATEMENT_MISSING',
    `the statement ${id.slice(0, 16)} is missing, and ${builtUpon.slice(0, 16)} builds upon it`,
    {
      file: statementFile(id),
      hints: [
        `to see who deleted it: git log --diff-filter=D -- ${shellWord(statementFile(id))}`,
        'in a shallow or partial checkout: git checkout HEAD -- .blackbox',
      ],
    },
  );
}

export function notEntitled(id: string, by: string, needed: string): BlackboxError {
  return new BlackboxError(
    'ERR_BLACKBOX_STATEMENT_NOT_ENTITLED',
    `the statement ${id.slice(0, 16)} is signed by ${visible(by)}, who was not ${needed} then`,
    {
      file: statementFile(id),
      hints: review(id),
    },
  );
}

export function contradiction(id: string, reason: string): BlackboxError {
  return new BlackboxError(
    'ERR_BLACKBOX_STATEMENT_NOT_ENTITLED',
    `the statement ${id.slice(0, 16)} contradicts those before it: ${visible(reason)}`,
    {
      file: statementFile(id),
      hints: review(id),
    },
  );
}

export function nobodyLeft(): BlackboxError {
  return new BlackboxError(
    'ERR_BLACKBOX_STATEMENT_NOT_ENTITLED',
    'the statements, taken together, leave no admin on the roster',
    {
      hints: ['to see them: git log -p -- .blackbox/roster'],
    },
  );
}

export function tooManyStatements(limit: number): BlackboxError {
  return new BlackboxError('ERR_BLACKBOX_STATEMENT_BROKEN', `there are more than ${limit} statements in ${folder}`);
}
