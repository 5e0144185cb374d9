/** Findings in SARIF 2.1.0, which code hosts show beside the lines: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html */
import type { Finding } from './types.js';

const uri = (path: string) => path.split('/').map(encodeURIComponent).join('/');

/** What a rule is about, without the place and the encoding that follow. */
const general = (what: string) => what.split(',')[0] ?? what;

function resultOf(finding: Finding) {
  const { path, line, column, rule, severity, what, masked, id, commit } = finding;
  const region = line === 0 ? {} : { region: { startLine: line, startColumn: column } };
  return {
    ruleId: rule,
    level: severity === 'block' ? 'error' : 'warning',
    message: {
      text: `${what}${masked === '' ? '' : ` (${masked})`}${commit === undefined ? '' : `, in commit ${commit}`}`,
    },
    locations: [{ physicalLocation: { artifactLocation: { uri: uri(path), uriBaseId: 'SRCROOT' }, ...region } }],
    ...(id === undefined ? {} : { partialFingerprints: { 'blackbox-ts/1': id } }),
  };
}

/** A log of one run. Like every other report it holds no value. */
export function sarifReport(findings: readonly Finding[], version: string): unknown {
  const rules = new Map(findings.map(({ rule, what }) => [rule, general(what)]));
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'blackbox-ts',
            semanticVersion: version,
            rules: [...rules].map(([id, text]) => {
              return { id, shortDescription: { text: id.startsWith('known') ? 'a value of a registered file' : text } };
            }),
          },
        },
        columnKind: 'unicodeCodePoints',
        results: findings.map(resultOf),
      },
    ],
  };
}
