/** Clouds and where applications are hosted. */
import { near } from './checks.js';
import { type Rule, secretName } from './rule.js';

const awsNames = /secret|aws_?key|access_?key/i;
/** Forty characters of base64 near an access key id are its secret, whatever they are called. */
const awsPairReach = 400;
const awsSecret = /(?<![\w/+.%-])[A-Za-z0-9/+]{40}(?![\w/+=.%-])/g;
const looksLikeAwsSecret = (text: string) =>
  /[a-z]/.test(text) &&
  /[A-Z]/.test(text) &&
  /\d/.test(text) &&
  !/^[\w]+(?:\/\w+)*$/.test(text.replace(/[A-Z0-9]/g, '/'));

function awsPair(text: string, at: number): { start: number; end: number } | null {
  if (!/^(?:AKIA|ASIA)[A-Z2-7]{16}(?![A-Z0-9])/.test(text.slice(at, at + 21))) return null;
  const from = Math.max(0, at - awsPairReach);
  for (const found of text.slice(from, at + awsPairReach).matchAll(awsSecret)) {
    if (looksLikeAwsSecret(found[0])) return { start: from + found.index, end: from + found.index + 40 };
  }
  return null;
}

export const clouds: readonly Rule[] = [
  {
    id: 'aws-access-key-id',
    what: 'an AWS access key id',
    keywords: ['akia', 'asia', 'abia', 'acca'],
    token: /(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}/y,
  },
  {
    id: 'aws-secret-access-key',
    what: 'an AWS secret access key',
    keywords: ['aws', 'secret_access_key', 'secretaccesskey', 'secret-access-key'],
    name: awsNames,
    value: /^[A-Za-z0-9/+]{40}$/,
  },
  { id: 'aws-key-pair', what: 'the secret of an AWS access key', keywords: ['akia', 'asia'], find: awsPair },
  {
    id: 'aws-session-token',
    what: 'an AWS session token',
    keywords: ['iqojb3jpz2lu', 'fwogzxivyxdz'],
    token: /(?:IQoJb3JpZ2lu|FwoGZXIvYXdz)[A-Za-z0-9+/=_-]{100,2000}/y,
  },
  {
    id: 'aws-bedrock-key',
    what: 'an Amazon Bedrock API key',
    keywords: ['abskqmvkcm9ja0fqsutles', 'bedrock-api-key-'],
    token: /(?:ABSKQmVkcm9ja0FQSUtleS|bedrock-api-key-)[A-Za-z0-9+/=_-]{40,1500}/y,
  },
  {
    id: 'aws-mws-key',
    what: 'an Amazon Marketplace token',
    keywords: ['amzn.mws.'],
    token: /amzn\.mws\.[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/y,
  },
  { id: 'gcp-api-key', what: 'a Google API key', keywords: ['aiza'], token: /AIza[\w-]{35}(?![\w-])/y },
  {
    id: 'gcp-service-account',
    what: 'the key of a Google Cloud service account',
    keywords: ['private_key_id'],
    token: /private_key_id\\{0,2}" ?: ?\\{0,2}"([0-9a-f]{40})/y,
  },
  {
    id: 'gcp-oauth-client-secret',
    what: 'a Google OAuth client secret',
    keywords: ['gocspx-'],
    token: /GOCSPX-[\w-]{28}(?![\w-])/y,
  },
  {
    id: 'gcp-oauth-token',
    what: 'a Google OAuth token',
    keywords: ['ya29.', '1//0'],
    token: /(?:ya29\.[\w-]{30,1000}|1\/\/0[\w-]{40,200})/y,
  },
  {
    id: 'azure-storage-key',
    what: 'the key of an Azure storage or Cosmos DB account',
    keywords: ['accountkey', 'account_key', 'azure_storage', 'azurestorage', 'cosmos'],
    value: /^[A-Za-z0-9+/]{86}==$/,
  },
  {
    id: 'azure-shared-access-key',
    what: 'an Azure shared access key',
    keywords: ['sharedaccesskey=', 'accesskey='],
    token: /(?:Shared)?AccessKey=([A-Za-z0-9+/]{43}=)/iy,
  },
  {
    id: 'azure-sas',
    what: 'a signature that gives access to Azure storage',
    keywords: ['sig='],
    token: /sig=((?:[A-Za-z0-9+/]|%[0-9A-Fa-f]{2}){43}(?:%3[Dd]|=))/y,
    check: (_, text, start) => near(text, start, 400, /(?:[?&;]|\\u0026)(?:sv|se|sp|sr|st)=/),
  },
  {
    id: 'azure-client-secret',
    what: 'an Entra ID client secret',
    keywords: ['7q~', '8q~'],
    lead: 3,
    token: /[A-Za-z0-9_~.-]{3}[78]Q~[A-Za-z0-9_~.-]{31,34}(?![\w~.-])/y,
  },
  {
    id: 'azure-devops-token',
    what: 'an Azure DevOps token',
    keywords: ['azdo'],
    lead: 76,
    token: /[A-Za-z0-9]{76}AZDO[A-Za-z0-9]{4}/y,
  },
  {
    id: 'azure-identifiable-key',
    what: 'an Azure service key',
    keywords: ['+ast', 'acdb', '+aba', '+amc', 'apim'],
    lead: 76,
    token: /[A-Za-z0-9+/]{76}(?:\+ASt|ACDb|\+ABa|\+AMC|APIM)[A-Za-z0-9+/]{5}[AQgw]==/y,
  },
  {
    id: 'azure-function-key',
    what: 'the key of an Azure function',
    keywords: ['azfu'],
    lead: 44,
    token: /[\w-]{44}AzFu[\w-]{5}[AQgw]==/y,
  },
  {
    id: 'azure-search-key',
    what: 'an Azure AI Search key',
    keywords: ['azse'],
    lead: 42,
    token: /[A-Za-z0-9]{42}AzSe[A-D][A-Za-z0-9]{5}/y,
  },
  {
    id: 'azure-annotated-key',
    what: 'an Azure key',
    keywords: ['jqqj9'],
    lead: 52,
    token: /[A-Za-z0-9]{52}JQQJ9[9DH][A-Za-z0-9][A-L][A-Za-z0-9]{16}[A-Za-z][A-Za-z0-9]{7}(?:[A-Za-z0-9]{2}==)?/y,
  },
  {
    id: 'digitalocean-token',
    what: 'a DigitalOcean token',
    keywords: ['dop_v1_', 'doo_v1_', 'dor_v1_'],
    token: /do[opr]_v1_[0-9a-f]{64}/y,
  },
  {
    id: 'alibaba-access-key',
    what: 'an Alibaba Cloud access key id',
    keywords: ['ltai'],
    token: /LTAI[A-Za-z0-9]{12,24}/y,
    check: (s) => /\d/.test(s) && /[a-z]/.test(s),
  },
  { id: 'tencent-secret-id', what: 'a Tencent Cloud secret id', keywords: ['akid'], token: /AKID[A-Za-z0-9]{32}/y },
  {
    id: 'ibm-cloud-key',
    what: 'an IBM Cloud API key',
    keywords: ['ibm', 'bluemix', 'watson'],
    name: secretName,
    value: /^[\w-]{44}$/,
  },
  {
    id: 'cloudflare-token',
    what: 'a Cloudflare token',
    keywords: ['cloudflare', 'cf_api', 'cf-api'],
    name: secretName,
    value: /^(?:[\w-]{40}|[0-9a-f]{37})$/,
  },
  {
    id: 'cloudflare-origin-ca-key',
    what: 'a Cloudflare origin CA key',
    keywords: ['v1.0-'],
    token: /v1\.0-[0-9a-f]{24}-[0-9a-f]{146}/y,
  },
  {
    id: 'heroku-key',
    what: 'a Heroku API key',
    keywords: ['hrku-aa'],
    token: /HRKU-AA[\w-]{58}(?![\w-])/y,
  },
  {
    id: 'heroku-legacy-key',
    what: 'a Heroku API key',
    keywords: ['heroku'],
    name: secretName,
    value: /^[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/,
  },
  {
    id: 'fly-token',
    what: 'a Fly.io token',
    keywords: ['fo1_', 'fm1a_', 'fm1r_', 'fm2_'],
    token: /(?:fo1_[\w-]{43}(?![\w-])|fm(?:1[ar]|2)_[A-Za-z0-9+/=_-]{100,2000})/y,
  },
  {
    id: 'vercel-token',
    what: 'a Vercel token',
    keywords: ['vcp_', 'vci_', 'vca_', 'vcr_', 'vck_', 'vercel_blob_rw_'],
    token: /(?:vc[piark]_[A-Za-z0-9]{24,100}|vercel_blob_rw_[A-Za-z0-9]{16}_[A-Za-z0-9]{30})/y,
  },
  {
    id: 'vercel-legacy-token',
    what: 'a Vercel token',
    keywords: ['vercel', 'zeit_'],
    name: /token/i,
    value: /^[A-Za-z0-9]{24}$/,
  },
  { id: 'netlify-token', what: 'a Netlify token', keywords: ['nfp_'], token: /nfp_[A-Za-z0-9]{36}/y },
  {
    id: 'render-key',
    what: 'a Render API key',
    keywords: ['rnd_'],
    token: /rnd_[A-Za-z0-9]{26,40}/y,
    check: (s) => /\d/.test(s),
  },
  {
    id: 'hetzner-linode-token',
    what: 'a token of Hetzner, Linode or Vultr',
    keywords: ['hcloud', 'hetzner', 'linode', 'vultr'],
    name: secretName,
    value: /^(?:[A-Za-z0-9]{64}|[A-Z0-9]{36})$/,
  },
  {
    id: 'scaleway-secret-key',
    what: 'a Scaleway secret key',
    keywords: ['scw_secret', 'scaleway'],
    name: /secret|token/i,
    value: /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
  },
  {
    id: 'yandex-cloud-key',
    what: 'a Yandex Cloud key',
    keywords: ['aqvn', 'ycaj', 'y0_a'],
    token: /(?:AQVN[\w-]{35,38}|YCAJE[\w-]{20}|y0_A[\w-]{50,60})(?![\w-])/y,
  },
];
