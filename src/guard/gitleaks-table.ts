/** What a `.gitleaks.toml` is made of. Its expressions are anybody's: RE2 runs them in linear time, and takes Go's syntax, in which they are written. */
import { createRequire } from 'node:module';
import type { RE2JS } from 're2js';

const require = createRequire(import.meta.url);

export const mostExpressions = 500;
const longestExpression = 4_000;

export type Table = Readonly<Record<string, unknown>>;

export const isTable = (value: unknown): value is Table =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
export const tables = (value: unknown): Table[] =>
  Array.isArray(value) ? value.filter(isTable) : isTable(value) ? [value] : [];
export const texts = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : [];

/** How many more expressions a configuration may have. */
export interface ExpressionBudget {
  left: number;
}

/** @throws Error for what is no expression, too long, or one too many */
export function compile(expressions: readonly string[], budget: ExpressionBudget): RE2JS[] {
  if (expressions.length === 0) return [];
  const { RE2JS } = require('re2js') as typeof import('re2js');
  budget.left -= expressions.length;
  if (budget.left < 0) throw new RangeError(`more than ${mostExpressions} expressions`);
  return expressions.map((expression) => {
    if (expression.length > longestExpression) throw new RangeError('an expression is too long');
    return RE2JS.compile(expression);
  });
}
