/** The sentences with which options are refused that mean nothing beside each other. */
import { BlackboxError } from '../errors.js';

function usage(sentence: string, hints: readonly string[] = []): BlackboxError {
  return new BlackboxError('ERR_BLACKBOX_USAGE', sentence, { hints, exitCode: 2 });
}

export function contradiction(one: string, other: string): BlackboxError {
  return usage(`${one} and ${other} contradict each other`);
}

/** @param other beside which alone `option` means something */
export function goesWith(option: string, other: string): BlackboxError {
  return usage(`${option} goes with ${other}`);
}

/** @param option which says as well what to look at */
export function namedTwice(option: string): BlackboxError {
  return usage(`${option} says what is meant, and so do the words beside it`, ['one of them is enough']);
}
