/** Payments and shops. */
import { standsAlone } from './checks.js';
import { type Rule, secretName } from './rule.js';

const hasDigit = (secret: string) => /\d/.test(secret);

export const payment: readonly Rule[] = [
  {
    id: 'stripe-key',
    what: 'a Stripe secret key',
    keywords: ['sk_live_', 'sk_test_', 'rk_live_', 'rk_test_', 'sk_prod_', 'rk_prod_'],
    token: /[sr]k_(?:live|test|prod)_[A-Za-z0-9]{16,250}/y,
    check: hasDigit,
  },
  {
    id: 'stripe-webhook-secret',
    what: 'a Stripe or Svix webhook secret',
    keywords: ['whsec_'],
    token: /whsec_[A-Za-z0-9+/=]{24,80}/y,
    check: hasDigit,
  },
  {
    id: 'square-token',
    what: 'a Square token',
    keywords: ['sq0atp-', 'sq0csp-', 'eaaa'],
    token: /(?:sq0atp-[\w-]{22}|sq0csp-[\w-]{43}|EAAA[\w-]{60})(?![\w-])/y,
    check: (s, text, start) => hasDigit(s) && standsAlone(s, text, start),
  },
  {
    id: 'braintree-token',
    what: 'a PayPal Braintree access token',
    keywords: ['access_token$'],
    token: /access_token\$(?:production|sandbox)\$[a-z0-9]{16}\$[0-9a-f]{32}/y,
  },
  {
    id: 'paypal-secret',
    what: 'a PayPal or Braintree secret',
    keywords: ['paypal', 'braintree'],
    name: /secret|private|pass/i,
    value: /^(?:E[A-Za-z0-9_-]{79}|[0-9a-f]{32})$/,
  },
  {
    id: 'adyen-key',
    what: 'an Adyen API key',
    keywords: ['aqe'],
    token:
      /AQE[a-z][A-Za-z0-9+/]{60,200}={0,2}-[A-Za-z0-9+/]{40,50}={0,2}-[A-Za-z0-9+/=<>(){}[\]:;,.?!@#$%^&*|~_-]{8,20}/y,
  },
  {
    id: 'razorpay-key',
    what: 'a Razorpay key',
    keywords: ['rzp_live_', 'rzp_test_'],
    token: /rzp_(?:live|test)_[A-Za-z0-9]{14}/y,
  },
  {
    id: 'razorpay-secret',
    what: 'a Razorpay secret',
    keywords: ['razorpay'],
    name: /secret/i,
    value: /^(?=[A-Za-z]{0,60}\d)[A-Za-z0-9]{24,25}$/,
  },
  {
    id: 'paddle-key',
    what: 'a Paddle API key',
    keywords: ['pdl_live_', 'pdl_sdbx_'],
    token: /pdl_(?:live|sdbx)_apikey_[a-z0-9]{26}_[A-Za-z0-9]{22}_[A-Za-z0-9]{3}/y,
  },
  {
    id: 'plaid-token',
    what: 'a Plaid access token',
    keywords: ['access-sandbox-', 'access-production-', 'access-development-'],
    token: /access-(?:sandbox|development|production)-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/y,
  },
  {
    id: 'payment-secret',
    what: 'a secret of a payment service',
    keywords: ['plaid', 'mollie', 'klarna', 'coinbase', 'gocardless', 'recurly', 'chargebee', 'paystack'],
    name: /secret|api_?key|token/i,
    value:
      /^(?:[0-9a-f]{30}|[0-9a-f]{32}|(?:live|test)_[\w-]{30,48}|(?=[A-Za-z]{0,60}\d)[A-Za-z0-9]{32}|[\w+/]{64}|[\w+/]{86}==)$/,
  },
  {
    id: 'flutterwave-key',
    what: 'a Flutterwave key',
    keywords: ['flwseck'],
    token: /FLWSECK(?:_TEST)?-[0-9a-hA-H]{32}-X/y,
  },
  {
    id: 'shippo-token',
    what: 'a Shippo token',
    keywords: ['shippo_live_', 'shippo_test_'],
    token: /shippo_(?:live|test)_[0-9a-f]{40}/y,
  },
  { id: 'easypost-key', what: 'an EasyPost key', keywords: ['ezak', 'eztk'], token: /EZ[AT]K[A-Za-z0-9]{54}/y },
  {
    id: 'duffel-token',
    what: 'a Duffel token',
    keywords: ['duffel_live_', 'duffel_test_'],
    token: /duffel_(?:live|test)_[\w=-]{43}(?![\w-])/y,
  },
  {
    id: 'shopify-token',
    what: 'a Shopify token',
    keywords: ['shpat_', 'shpca_', 'shppa_', 'shpss_', 'shptka_'],
    token: /shp(?:at|ca|pa|ss|tka)_[0-9a-fA-F]{32}/y,
  },
  {
    id: 'shop-secret',
    what: 'a secret of a shop',
    keywords: ['woocommerce', 'ck_', 'cs_', 'bigcommerce', 'shopify'],
    name: secretName,
    value: /^(?:c[ks]_[0-9a-f]{40}|[0-9a-f]{32}|[a-z0-9]{31})$/,
  },
];
