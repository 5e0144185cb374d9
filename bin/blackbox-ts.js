#!/usr/bin/env node
const argv = process.argv.slice(2);

/** What is called again and again has an entry of its own: every commit waits for its hook, and scripts for `cat`. */
function entryFor([command, option], length) {
  if (command === 'guard' && option === '--hook' && length === 3) return '../dist/hook.js';
  return command === 'cat' ? '../dist/cat.js' : '../dist/cli.js';
}

async function start() {
  process.exitCode =
    (await require(entryFor(argv, argv.length)).main(argv)) ?? (await require('../dist/cli.js').main(argv));
}

void start();
