/** All rules for credentials, in the order in which the more telling one wins. */
import { ai } from './ai.js';
import { chat } from './chat.js';
import { clouds } from './clouds.js';
import { databaseRules } from './databases.js';
import { documents } from './documents.js';
import { forges } from './forges.js';
import { keys } from './keys.js';
import { mail } from './mail.js';
import { observability } from './observability.js';
import { payment } from './payment.js';
import { registries } from './registries.js';
import type { Rule } from './rule.js';
import { services } from './services.js';

export const rules: readonly Rule[] = [
  ...clouds,
  ...forges,
  ...ai,
  ...payment,
  ...chat,
  ...registries,
  ...mail,
  ...observability,
  ...databaseRules,
  ...services,
  ...keys,
  ...documents,
];
