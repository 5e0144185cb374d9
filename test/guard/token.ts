/** A token that nobody has, of a form that everybody knows: made anew, so that other people's scanners find none in this repository. */
import { crcDigits } from '../../src/guard/rules/checks.js';
import type { Team } from '../harness/team.js';

/** GitHub's: 30 letters and digits, and their checksum. Searched for afterwards like the team's other secrets. */
export function tokenOf(team: Team): string {
  const body = team
    .secret('token')
    .replace(/[^A-Za-z0-9]/g, '')
    .padEnd(30, 'aB3dE5gH7j')
    .slice(-30);
  return `ghp_${body}${crcDigits(body)}`;
}
