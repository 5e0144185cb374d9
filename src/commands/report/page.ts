/**
 * The report as one page that needs nothing else: no request, no inline handler. Names come in as data and are only ever made text; a content
 * security policy that allows the page's own script and style by their hashes stands behind that.
 */
import { createHash } from 'node:crypto';
import type { Report } from './data.js';
import { problemsOf } from './problems.js';
import { script } from './script.js';
import { style } from './style.js';

/** What every page begins with, so that a page can be told from what must not be overwritten. */
export const pageMark = '<!doctype html>\n<!-- made by blackbox-ts who --html -->\n';

// https://www.w3.org/TR/CSP3/#grammardef-hash-source
function hashSource(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}

const policy = [
  "default-src 'none'",
  `script-src ${hashSource(script)}`,
  `style-src ${hashSource(style)}`,
  "base-uri 'none'",
  "form-action 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (c) => entities[c] ?? c);
}

/** JSON that cannot end the element it stands in: without `<` there is neither `</script` nor `<!--`. */
function embeddable(data: unknown): string {
  return JSON.stringify(data).replaceAll('<', '\\u003c');
}

export function reportPage(report: Report): string {
  return `${pageMark}<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(`Who can read what: ${report.title}`)}</title>
<style>${style}</style>
</head>
<body>
<noscript>This page draws its tables with its own script, which is switched off here.</noscript>
<script type="application/json" id="data">${embeddable({ ...report, problems: problemsOf(report) })}</script>
<script>${script}</script>
</body>
</html>
`;
}
