// `npm run bench [-- --quick] [--check] [--json FILE] [NAME…]`: this program's budgets, measured beside its neighbours in one run.
// --quick takes less of everything; --check ends with 3 when a budget is missed; a NAME picks cases (`cat`, `load`, `hook`, …).
import { writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { cases } from './cases.js';
import { neighbours } from './neighbours.js';
import { removeWorlds } from './world.js';

const { values, positionals } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    check: { type: 'boolean', default: false },
    json: { type: 'string' },
  },
  allowPositionals: true,
});

function verdict({ value, budget, atLeast }) {
  if (budget === null) return '';
  return (atLeast ? value >= budget : value <= budget) ? 'met' : 'MISSED';
}

const figure = (number) =>
  number === null ? '' : number >= 100 ? number.toFixed(0) : number >= 10 ? number.toFixed(1) : number.toFixed(2);

function cellsOf(row) {
  const budget = row.budget === null ? '' : `${row.atLeast ? '≥' : '≤'} ${figure(row.budget)}`;
  return [row.name, figure(row.value), figure(row.middle ?? null), row.unit, budget, verdict(row), row.note];
}

function printTable(head, rows) {
  const cells = [head, ...rows.map(cellsOf)];
  const widths = head.map((_, column) => Math.max(...cells.map((line) => line[column].length)));
  const numeric = new Set([1, 2]);
  for (const line of cells) {
    const padded = line.map((cell, column) =>
      numeric.has(column) ? cell.padStart(widths[column]) : cell.padEnd(widths[column]),
    );
    console.log(padded.join('  ').trimEnd());
  }
}

/** `catCase` is asked for as `cat`. */
function picked(all) {
  return positionals.length === 0 ? all : all.filter(({ name }) => positionals.includes(name.replace(/Case$/, '')));
}

async function measure(all, settings) {
  const rows = [];
  for (const one of picked(all)) {
    process.stderr.write(`measuring ${one.name.replace(/Case$/, '')} …\n`);
    try {
      rows.push(...(await one(settings)));
    } finally {
      removeWorlds();
    }
  }
  return rows;
}

const settings = { quick: values.quick, rounds: values.quick ? 5 : 40 };
const machine = {
  node: process.version,
  platform: process.platform,
  cpus: cpus().length,
  cpu: cpus()[0]?.model ?? '',
  memory: totalmem(),
};
const rows = await measure(cases, settings);
const others = await measure(neighbours, settings);
console.log(`node ${process.version}, ${machine.cpus} × ${machine.cpu}\n`);
printTable(['work', 'fastest', 'median', 'unit', 'budget', '', ''], [...rows, ...others]);

const judged = rows.map((row) => ({ ...row, verdict: verdict(row) }));
if (values.json !== undefined)
  writeFileSync(values.json, `${JSON.stringify({ machine, rows: judged, neighbours: others }, null, 2)}\n`);
const missed = judged.filter((row) => row.verdict === 'MISSED');
const budgets = judged.filter((row) => row.verdict !== '').length;
if (budgets > 0)
  console.log(missed.length === 0 ? '\nall budgets met' : `\n${missed.length} of ${budgets} budgets missed`);
if (values.check && missed.length > 0) process.exitCode = 3;
