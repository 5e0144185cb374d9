/** `export`: the secrets in the words of another program. */
import { randomUUID } from 'node:crypto';
import type { Host } from '../host/types.js';
import {
  githubEnv,
  githubMasks,
  isKubernetesName,
  jsonText,
  kubernetesSecret,
  lineFormats,
  yamlText,
} from '../runtime/export.js';
import { type Layer, merged } from '../runtime/layers.js';
import { treeOf, type Variable, valuesOf, variablesOf } from '../runtime/variables.js';
import { type Command, type Given, identityOption, text, texts } from './command.js';
import { goesWith } from './refuse-options.js';
import { badKubernetesName, notExportable, prefixOfTree, unknownFormat } from './refuse-values.js';
import { envOption, fromOption, sealedLayers } from './values.js';

const formats = ['dotenv', 'json', 'yaml', 'shell', 'docker', 'k8s-secret', 'github-actions'];

function lines(variables: readonly Variable[], format: string): string {
  const write = lineFormats.get(format);
  return variables
    .map((variable) => {
      const written = write?.(variable) ?? { cannot: '' };
      if ('cannot' in written) throw notExportable(variable.path, format, written.cannot);
      return `${written.line}\n`;
    })
    .join('');
}

/** Into the file that the runner reads where there is one: the masks are what it reads on stdout. */
function github(host: Host, variables: readonly Variable[]): string {
  const assignments = githubEnv(variables, () => `blackbox_${randomUUID()}`);
  const file = host.env.GITHUB_ENV;
  if (file === undefined || file === '') return `${githubMasks(variables)}${assignments}`;
  host.files.append(file, assignments);
  return githubMasks(variables);
}

function exported(host: Host, given: Given, layers: readonly Layer[]): string {
  const format = text(given, 'format') ?? 'dotenv';
  if (!formats.includes(format)) throw unknownFormat(formats);
  const only = texts(given, 'only').flatMap((names) => names.split(','));
  const prefix = text(given, 'prefix');
  const choice = { prefix, ...(only.length === 0 ? {} : { only }) };
  if (text(given, 'name') !== undefined && format !== 'k8s-secret') throw goesWith('--name', '--format k8s-secret');
  const name = text(given, 'name') ?? 'secrets';
  if (format === 'json' || format === 'yaml') {
    if (prefix !== undefined) throw prefixOfTree();
    const tree = only.length === 0 ? merged(layers) : treeOf(layers, valuesOf(layers, choice));
    return format === 'json' ? jsonText(tree) : yamlText(tree);
  }
  const variables = variablesOf(layers, choice);
  if (format === 'github-actions') return github(host, variables);
  if (format !== 'k8s-secret') return lines(variables, format);
  if (!isKubernetesName(name)) throw badKubernetesName();
  return kubernetesSecret(variables, name);
}

export const command: Command = {
  options: [
    { flags: '-f, --format <format>', what: `${formats.join(', ')}; dotenv unless said` },
    { flags: '--only <names>', what: 'these and no others, separated by commas', many: true },
    { flags: '--prefix <text>', what: 'in front of the name of every variable' },
    { flags: '--name <name>', what: 'of the Kubernetes Secret; secrets unless said' },
    envOption,
    fromOption,
    identityOption,
  ],
  details:
    'json and yaml are the trees that the files hold; all else is variables, as for\n' +
    'run. github-actions masks every value and every line of it, and writes the\n' +
    'variables to the file that $GITHUB_ENV names.',
  examples: [
    ['eval "$(blackbox-ts export --format shell)"', 'into the environment of this shell'],
    ['blackbox-ts export --format k8s-secret --name app | kubectl apply -f -', 'into a cluster, never onto a disk'],
    ['blackbox-ts export --format github-actions', 'for the steps of a workflow that follow'],
  ],
  run: async (host, given) => {
    host.terminal.data(exported(host, given, await sealedLayers(host, given)));
    return undefined;
  },
};
