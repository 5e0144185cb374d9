/**
 * What the files of dist/parts hold: few of them, because each takes a quarter of a millisecond to find, and none with much that is not needed by
 * whoever reads it. The first pattern that fits a module counts.
 */
const parts = {
  openpgp: /^age\/openpgp/,
  ssh: /^age\/ssh/,
  keys: /^age\/(file|locked-identity|plugin|plugin-talk|pq|public-key|recipients|scrypt|tag|wrap|wrap-share)\.ts$/,
  failures: /^(report|.+\/([a-z]+-)?errors|commands\/refus[a-z-]+)\.ts$/,
  roster: /^(trust\/(chain|graph|member|resolve|standing|statement)|vault\/(deletions|past|roster|origins))\.ts$/,
  writing:
    /^host\/(stage|editor|words|gpg|plugins|ssh|watch|threads|command|terminal\/(prompt|table)|files\/(joined|journal|lock|private-folder|replace|shred))\.ts$/,
  git: /^host\/(processes|git\/(?!repository)[a-z-]+)\.ts$/,
  // Between the program and whoever typed it: nothing that the library or a hook needs.
  shell: /^(host\/(terminal|terminal\/(streams|progress|width)|in-place|cleanup)|commands\/plain)\.ts$/,
  editing: /^formats\/edit\//,
  formats: /^formats\/(dotenv|ini|toml|yaml)\.ts$/,
  extras: /^runtime\/(cache|cipher|mock|same|schema|watch)\.ts$/,
  runtime:
    /^(runtime\/(choose|layers|load|local-file|names|public|recall|sealed|secret|witness)|formats\/(?!extensions))/,
  rules: /^guard\/(rules\/|credentials|providers|keywords|keyfiles|random)/,
  hooks: /^guard\/(install|config-hooks|hook-script|filter-lines)/,
  memory: /^guard\/(harvest|remember|learn|scan-index)/,
  guard: /^guard\//,
  base: /^(errors|text|version|main|trust\/limits|host\/.*|commands\/(command|json)|formats\/extensions|vault\/(local|paths|registry|vault|pin))\.ts$/,
  open: /^(age\/|trust\/batch|commands\/keyring|vault\/(open|keyring|identity-source|authentic|sealed|blame|file-key-cache|statements|trust)\.ts)/,
  guarding: /^commands\/(guard|guard-judge|guard-look|guard-rules)\.ts$/,
  work: /^commands\/(work|first-use|people-words|person-facts|key-end|key-words|keys|given-keys|role-options)\.ts$/,
  // What changes a vault; most that only looks at one goes without.
  plans:
    /^vault\/(plan-(?!gitfiles)[a-z]+|next-roster|proposals|scan-files|ledger[a-z-]*|removal|unfinished|merge|exposure)\.ts$/,
  vault: /^(vault|trust)\//,
};

/**
 * Parts that most starts of the program never need: half of its code. All their modules export is functions, and a part is read at the first call of
 * one of them.
 */
const rare = ['openpgp', 'ssh', 'keys', 'failures', 'roster', 'writing', 'git', 'shell', 'formats', 'extras'];

/** @param {string} path of a module, below `src` */
export const partOf = (path) => Object.keys(parts).find((name) => parts[name].test(path)) ?? null;

/** @param {string} path of a module, below `src` */
export const rarePartOf = (path) => (rare.includes(partOf(path)) ? partOf(path) : null);
