/** Package registries. */
import { isPlaceholder } from '../placeholders.js';
import { hasCrc } from './checks.js';
import { type Rule, secretName } from './rule.js';

export const registries: readonly Rule[] = [
  { id: 'npm-token', what: 'an npm token', keywords: ['npm_'], token: /npm_[A-Za-z0-9]{36}/y, checksum: hasCrc },
  {
    id: 'npmrc-auth',
    what: 'a credential of a package registry',
    keywords: ['_authtoken', '_password', '_auth=', '_auth ='],
    token: /_(?:authToken|password|auth) ?= ?"?([A-Za-z0-9_.~+/-]{8,1000}={0,2})/iy,
    // Behind the registry's name, or alone at the beginning of a line.
    check: (secret, text, start) =>
      /(?:\/:|(?:^|[\r\n"'`]))_(?:authToken|password|auth) ?= ?"?$/i.test(text.slice(Math.max(0, start - 30), start)) &&
      !/token|password|secret/i.test(secret) &&
      !isPlaceholder(secret),
  },
  {
    id: 'pypi-token',
    what: 'a PyPI token',
    keywords: ['pypi-ageichlwas5vcmc', 'pypi-agendgvzdc5wexbplm9yz'],
    token: /pypi-AgE(?:IcHlwaS5vcmc|NdGVzdC5weXBpLm9yZ)[\w-]{50,1000}/y,
  },
  { id: 'rubygems-key', what: 'a RubyGems key', keywords: ['rubygems_'], token: /rubygems_[0-9a-f]{48}/y },
  {
    id: 'crates-token',
    what: 'a crates.io token',
    keywords: ['cio'],
    token: /cio[A-Za-z0-9]{32}/y,
    check: (s) => /\d/.test(s) && /[A-Z]/.test(s) && /[a-z]/.test(s.slice(3)),
  },
  {
    id: 'docker-hub-token',
    what: 'a Docker Hub token',
    keywords: ['dckr_pat_', 'dckr_oat_'],
    token: /dckr_[po]at_[\w-]{27,40}(?![\w-])/y,
  },
  { id: 'nuget-key', what: 'a NuGet API key', keywords: ['oy2'], token: /oy2[a-z0-9]{43}/y },
  { id: 'clojars-token', what: 'a Clojars token', keywords: ['clojars_'], token: /CLOJARS_[0-9a-z]{60}/iy },
  {
    id: 'packagist-token',
    what: 'a Packagist token',
    keywords: ['packagist_'],
    token: /packagist_(?:[a-z]{3}_)?[0-9a-f]{40,80}/y,
  },
  {
    id: 'artifactory-token',
    what: 'an Artifactory token',
    keywords: ['akcp', 'cmvmd'],
    token: /(?:AKCp[A-Za-z0-9]{69}|cmVmd[A-Za-z0-9]{59})/y,
  },
  {
    id: 'registry-key',
    what: 'a credential of a package registry',
    keywords: ['cargo_registry', 'nuget', 'gemfury', 'cloudsmith', 'jfrog', 'artifactory', 'hex_api', 'twine', 'pypi'],
    name: secretName,
    value: /^(?=[A-Za-z]{0,40}\d)(?:[A-Za-z0-9]{32}|[A-Za-z0-9]{40}|[A-Za-z0-9]{64}|[A-Za-z0-9]{73})$/,
  },
];
