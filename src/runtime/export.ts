/** Secrets in the words of other programs. Each format quotes so that its own reader gives the value back, or refuses. */
import { createRequire } from 'node:module';
import { dotenvText } from '../formats/edit/dotenv.js';
import type { Tree } from '../formats/types.js';
import type { Variable } from './variables.js';

/** How a format writes one variable; a sentence's end why it cannot. */
type Line = (variable: Variable) => { readonly line: string } | { readonly cannot: string };

const shellQuoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
const isShellName = (name: string) => /^[A-Za-z_][A-Za-z0-9_]*$/.test(name);

/** `node --env-file`, and dotenv's own readers. */
const dotenvLine: Line = ({ name, value }) => {
  // https://github.com/nodejs/node/blob/main/src/node_dotenv.cc removes each of them first.
  if (value.includes('\r')) return { cannot: 'it has carriage returns, which Node.js leaves out' };
  const quoted = dotenvText(value);
  return quoted === null
    ? { cannot: 'it has all three kinds of quotes, and there is no escape' }
    : { line: `${name}=${quoted}` };
};

/** A POSIX shell: `eval "$(blackbox-ts export --format shell)"`. */
const shellLine: Line = ({ name, value }) =>
  isShellName(name)
    ? { line: `export ${name}=${shellQuoted(value)}` }
    : { cannot: 'its name is none that a shell takes' };

/** Docker reads with Go's bufio.Scanner, which takes no longer lines. */
const longestDockerLine = 64 * 1024 - 1;

/** `docker run --env-file`: the value is the rest of the line, quotes included. https://docs.docker.com/reference/cli/docker/container/run/#env */
const dockerLine: Line = ({ name, value }) => {
  if (/[\r\n]/.test(value)) return { cannot: 'it has several lines' };
  const line = `${name}=${value}`;
  return Buffer.byteLength(line) > longestDockerLine ? { cannot: 'it is longer than 64 KiB' } : { line };
};

export const lineFormats: ReadonlyMap<string, Line> = new Map([
  ['dotenv', dotenvLine],
  ['shell', shellLine],
  ['docker', dockerLine],
]);

export function jsonText(tree: Tree): string {
  return `${JSON.stringify(tree, null, 2)}\n`;
}

/** https://yaml.org/type/value.html and merge.html of YAML 1.1: neither is text unless it is quoted. */
const marks: ReadonlySet<unknown> = new Set(['=', '<<']);

/** Also for readers of YAML 1.1, to which `yes`, `1_000`, `12:30:45` and `=` are no text. */
export function yamlText(tree: Tree): string {
  const yaml = createRequire(import.meta.url)('yaml') as typeof import('yaml');
  const document = new yaml.Document(tree, { schema: 'core', compat: 'yaml-1.1' });
  yaml.visit(document, {
    Scalar: (_, node) => {
      if (marks.has(node.value)) node.type = 'QUOTE_DOUBLE';
    },
  });
  return document.toString({ lineWidth: 0 });
}

/**
 * A manifest for `kubectl apply -f -`. Names are of the letters that Kubernetes takes as keys, values are base64. In quotes,
 * as `ON` and `NO` are truth values to kubectl, and digits alone are a number.
 */
export function kubernetesSecret(variables: readonly Variable[], name: string): string {
  const data = variables.map((v) => `  "${v.name}": "${Buffer.from(v.value).toString('base64')}"\n`);
  const head = `apiVersion: v1\nkind: Secret\nmetadata:\n  name: "${name}"\ntype: Opaque\n`;
  return data.length === 0 ? `${head}data: {}\n` : `${head}data:\n${data.join('')}`;
}

/** https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-subdomain-names */
export function isKubernetesName(name: string): boolean {
  return name.length <= 253 && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/.test(name);
}

/**
 * What a runner of GitHub Actions reads on stdout: mask each value, and each of its lines, as logs are masked line by line.
 * https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#masking-a-value-in-a-log
 */
export function githubMasks(variables: readonly Variable[]): string {
  const texts = variables
    .flatMap(({ value }) => [value, ...value.split(/\r\n|\r|\n/)])
    .filter((text) => text.trim() !== '');
  const escaped = (text: string) => text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
  return [...new Set(texts)].map((text) => `::add-mask::${escaped(text)}\n`).join('');
}

/**
 * What it reads in the file $GITHUB_ENV. A delimiter that a value could have would let that value set other variables.
 * https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#multiline-strings
 * @param delimiter makes a random one
 */
export function githubEnv(variables: readonly Variable[], delimiter: () => string): string {
  return variables
    .map(({ name, value }) => {
      const end = delimiter();
      return `${name}<<${end}\n${value}\n${end}\n`;
    })
    .join('');
}
