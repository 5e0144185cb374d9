#!/usr/bin/env node
const argv = process.argv.slice(2);

/** What is called again and again is a bundle of its own: every commit waits for its hook, and scripts for `cat`. */
function bundleFor([command, option], length) {
  if (command === 'guard' && option === '--hook' && length === 3) return '../dist/hook.js';
  return command === 'cat' ? '../dist/cat.js' : '../dist/cli.js';
}

const { main } = await import(bundleFor(argv, argv.length));
process.exitCode = (await main(argv)) ?? (await (await import('../dist/cli.js')).main(argv));
