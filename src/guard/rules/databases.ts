/** Databases, queues, and passwords inside URLs. */
import { isPlaceholder } from '../placeholders.js';
import { type Place, type Rule, secretName } from './rule.js';

/** RFC 3986, 3.2.1, with what people write unescaped. Behind the last colon before the `@` is the password. */
const userinfo = /:\/\/([^\s:/?#@"'`<>\\{}$()[\]]{0,128}):([^\s/@"'`<>\\]{2,256})@(?=[A-Za-z0-9[_{$%])/y;
const scheme = /(?:^|[^a-z0-9+.-])([a-z][a-z0-9+.-]{0,24})$/i;
const databases =
  /^(?:postgres|postgresql|pgsql|mysql|mysqlx|mariadb|mongodb|mongo|redis|rediss|valkey|amqp|amqps|mssql|sqlserver|clickhouse|cockroachdb|cassandra|couchdb|neo4j|bolt|kafka|nats|mqtt|mqtts|ldap|ldaps|smtp|smtps|oracle|db2|snowflake|influxdb|elasticsearch|jdbc)\b/i;
/** What stands where nobody can log in from elsewhere, or in documentation. */
const nowhere =
  /^(?:localhost|127\.|0\.0\.0\.0|\[::1\]|host\b|hostname|server|domain|example\.|[\w.-]{0,100}\.example\b|[\w.-]{0,100}example\.(?:com|org|net)|[\w.-]{0,100}\.(?:test|invalid|local)\b|(?:db|database|postgres|mysql|mongo|mongodb|redis|rabbitmq|proxy)(?:[:/?]|$))/i;
/** Passwords that stand in every tutorial. */
const everybodys =
  /^(?:p(?:ass)?w(?:or)?d|pass|password\d{0,4}|secret\d{0,4}|root|admin|user|guest|test|postgres|mysql|mongo|redis|rabbitmq|token|key|[a-z]{1,3}\d{0,3}|\d{1,6})$/i;

/** The password in a URL; null when there is none, or one that is nobody's. */
function urlPassword(text: string, at: number): (Place & { database: boolean }) | null {
  userinfo.lastIndex = at;
  const found = userinfo.exec(text);
  if (found === null) return null;
  const [, user = '', password = ''] = found;
  const kind = scheme.exec(text.slice(Math.max(0, at - 30), at))?.[1] ?? '';
  // What is left without escapes: `p%40ss` is no better than `pass`.
  const plain = password.replace(/%[0-9a-fA-F]{2}/g, '');
  const weak = [password, plain].some((word) => everybodys.test(word) || isPlaceholder(word)) || password === user;
  const host = text.slice(userinfo.lastIndex, userinfo.lastIndex + 128);
  if (kind === '' || weak || (nowhere.test(host) && !/\d/.test(plain))) return null;
  // A port and a path before an `@`, as in scoped package names, are no password.
  if (/^\d{2,5}$/.test(password)) return null;
  const end = userinfo.lastIndex - 1;
  return { start: end - password.length, end, database: databases.test(kind) };
}

const inUrl = (database: boolean) => (text: string, at: number) => {
  const found = urlPassword(text, at);
  return found?.database === database ? found : null;
};

const connection = /(?:server|data source|host|user id|uid|username|initial catalog|driver|database)\s?=/i;

export const databaseRules: readonly Rule[] = [
  { id: 'database-url', what: 'a password in the URL of a database', keywords: ['://'], find: inUrl(true) },
  { id: 'url-password', what: 'a password in a URL', keywords: ['://'], find: inUrl(false) },
  {
    id: 'connection-string',
    what: 'a password in a connection string',
    keywords: ['password=', 'pwd='],
    token: /(?:password|pwd) ?= ?([^\s;"'<>{}$()\\&]{4,128})(?=[;"'\\\s])/iy,
    check: (secret, text, start) => {
      const line = text.slice(Math.max(0, start - 300), start + 300);
      // In a program, `password=r.password` copies one.
      if (/^[A-Za-z_]\w{0,40}\.[A-Za-z_]\w{0,40}(?:[.,]|$)/.test(secret)) return false;
      return line.includes(';') && connection.test(line) && !everybodys.test(secret) && !isPlaceholder(secret);
    },
  },
  {
    id: 'planetscale-token',
    what: 'a PlanetScale token',
    keywords: ['pscale_'],
    token: /pscale_(?:tkn|pw|oauth)_[\w.=-]{32,64}(?![\w-])/y,
  },
  {
    id: 'supabase-token',
    what: 'a Supabase token',
    keywords: ['sbp_', 'sb_secret_'],
    token: /(?:sbp_[0-9a-f]{40}|sb_secret_[\w-]{22}_[\w-]{8})(?![\w-])/y,
  },
  { id: 'databricks-token', what: 'a Databricks token', keywords: ['dapi'], token: /dapi[0-9a-f]{32}(?:-\d)?/y },
  { id: 'neon-key', what: 'a Neon API key', keywords: ['napi_'], token: /napi_[a-z0-9]{60,70}/y },
  {
    id: 'fauna-key',
    what: 'a Fauna key',
    keywords: ['fna'],
    token: /fnA[EF][\w-]{36}(?![\w-])/y,
    check: (s) => /\d/.test(s),
  },
  {
    id: 'database-service-key',
    what: 'a key of a database service',
    keywords: [
      'upstash',
      'confluent',
      'elastic_',
      'elasticcloud',
      'meilisearch',
      'typesense',
      'turso',
      'cockroach',
      'influx',
    ],
    name: secretName,
    value: /^(?=[A-Za-z+/_-]{0,60}\d)(?:[A-Za-z0-9+/_-]{32,64}|[A-Za-z0-9+/_-]{86})={0,2}$/,
  },
];
