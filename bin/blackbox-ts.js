#!/usr/bin/env node
const argv = process.argv.slice(2);
// Every commit waits for its hook: that is a bundle of its own.
const isHook = argv.length === 3 && argv[0] === 'guard' && argv[1] === '--hook';
const { main } = await import(isHook ? '../dist/hook.js' : '../dist/cli.js');

process.exitCode = await main(argv);
