/** Logs, metrics, errors, feature flags. */
import { near } from './checks.js';
import { type Rule, secretName } from './rule.js';

export const observability: readonly Rule[] = [
  {
    id: 'datadog-key',
    what: 'a Datadog key',
    keywords: ['datadog', 'dd_api', 'dd-api', 'dd_app', 'dd-app', 'ddapi'],
    name: secretName,
    value: /^(?:[0-9a-f]{32}|[0-9a-f]{40}|ddap[A-Za-z0-9_-]{36})$/,
  },
  {
    id: 'newrelic-key',
    what: 'a New Relic key',
    keywords: ['nrak-', 'nrjs-', 'nrii-', 'nraa-', 'nrra-'],
    token: /NR(?:AK-[A-Z0-9]{27}|JS-[0-9a-f]{19}|II-[\w-]{32}|AA-[0-9a-f]{27}|RA-[0-9a-f]{42})(?![\w-])/y,
  },
  { id: 'newrelic-license', what: 'a New Relic license key', keywords: ['nral'], lead: 36, token: /[0-9a-f]{36}NRAL/y },
  {
    id: 'sentry-token',
    what: 'a Sentry token',
    keywords: ['sntrys_', 'sntryu_'],
    token: /(?:sntryu_[0-9a-f]{64}|sntrys_eyJ[A-Za-z0-9+/=]{40,600}_[A-Za-z0-9+/]{40,50})/y,
  },
  {
    id: 'sentry-legacy-token',
    what: 'a Sentry token',
    keywords: ['sentry'],
    name: /auth|token|secret/i,
    value: /^[0-9a-f]{64}$/,
  },
  {
    id: 'grafana-token',
    what: 'a Grafana token',
    keywords: ['glc_', 'glsa_', 'eyjrijoi'],
    token:
      /(?:glc_eyJ[A-Za-z0-9+/]{30,400}={0,2}|glsa_[A-Za-z0-9]{32}_[0-9a-fA-F]{8}|eyJrIjoi[A-Za-z0-9+/]{60,400}={0,2})/y,
  },
  {
    id: 'honeycomb-key',
    what: 'a Honeycomb key',
    keywords: ['hcaik_', 'hcamk_', 'hcbik_', 'hccik_', 'hcxik_'],
    token: /hc[a-z][im]k_[a-z0-9]{58}/y,
  },
  {
    id: 'dynatrace-token',
    what: 'a Dynatrace token',
    keywords: ['dt0c01.', 'dt0s01.', 'dt0s02.', 'dt0s16.', 'dt0s08.'],
    token: /dt0[a-z]\d{2}\.[A-Z0-9]{8,24}\.[A-Z0-9]{64}/y,
  },
  {
    id: 'posthog-key',
    what: 'a PostHog personal key',
    keywords: ['phx_', 'phs_'],
    token: /ph[xs]_[A-Za-z0-9]{40,60}/y,
  },
  {
    id: 'launchdarkly-key',
    what: 'a LaunchDarkly key',
    keywords: ['sdk-', 'api-'],
    token: /(?:sdk|api)-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/y,
    check: (_, text, start) => near(text, start, 200, /launch_?darkly|\bld_?(?:sdk|api)|ldclient/i),
  },
  {
    id: 'axiom-token',
    what: 'an Axiom token',
    keywords: ['xaat-', 'xapt-'],
    token: /xa[ap]t-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/y,
  },
  {
    id: 'monitoring-key',
    what: 'a key of a monitoring service',
    keywords: [
      'honeycomb',
      'rollbar',
      'bugsnag',
      'pagerduty',
      'opsgenie',
      'logdna',
      'loggly',
      'sumologic',
      'splunk',
      'new_relic',
      'newrelic',
      'airbrake',
      'amplitude',
      'mixpanel',
      'segment',
      'statsig',
      'betterstack',
      'logtail',
      'instana',
    ],
    name: secretName,
    value:
      /^(?=[A-Za-z_+-]{0,30}\d)(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32}|[0-9a-f]{40}|[A-Za-z0-9]{22}|[A-Za-z0-9]{24}|[A-Za-z0-9]{32}|[\w+-]{20}|secret-[A-Za-z0-9]{43})$/,
  },
];
