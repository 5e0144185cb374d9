/** Mail and messages. */
import { type Rule, secretName } from './rule.js';

export const mail: readonly Rule[] = [
  { id: 'sendgrid-key', what: 'a SendGrid API key', keywords: ['sg.'], token: /SG\.[\w-]{22}\.[\w-]{43}(?![\w-])/y },
  { id: 'mailgun-key', what: 'a Mailgun key', keywords: ['key-'], token: /key-[0-9a-f]{32}/y },
  {
    id: 'mailgun-api-key',
    what: 'a Mailgun key',
    keywords: ['mailgun', 'mg_api'],
    name: secretName,
    value: /^[0-9a-f]{32}-[0-9a-f]{8}-[0-9a-f]{8}$/,
  },
  { id: 'mailchimp-key', what: 'a Mailchimp API key', keywords: ['-us'], lead: 32, token: /[0-9a-f]{32}-us\d{1,2}/y },
  {
    id: 'mandrill-key',
    what: 'a Mailchimp Transactional key',
    keywords: ['md-'],
    token: /md-[\w-]{22}(?![\w-])/y,
    check: (s) => /\d/.test(s) && /[A-Z]/.test(s) && /[a-z]/.test(s.slice(3)),
  },
  {
    id: 'mail-token',
    what: 'a token of a mail service',
    keywords: [
      'postmark',
      'mailjet',
      'mj_api',
      'sparkpost',
      'mandrill',
      'customerio',
      'klaviyo',
      'sendinblue',
      'messagebird',
      'nexmo',
      'vonage',
    ],
    name: secretName,
    value:
      /^(?=[A-Za-z_-]{0,30}\d)(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32}|[0-9a-f]{40}|pk_[0-9a-f]{34}|[A-Za-z0-9]{16}|[A-Za-z0-9]{22}|[A-Za-z0-9]{25})$/,
  },
  {
    id: 'brevo-key',
    what: 'a Brevo key',
    keywords: ['xkeysib-', 'xsmtpsib-'],
    token: /x(?:key|smtp)sib-[0-9a-f]{64}-[A-Za-z0-9]{16}/y,
  },
  {
    id: 'resend-key',
    what: 'a Resend key',
    keywords: ['re_'],
    token: /re_[A-Za-z0-9]{8}_[A-Za-z0-9]{24}/y,
    check: (s) => /\d/.test(s),
  },
  { id: 'mailersend-key', what: 'a MailerSend key', keywords: ['mlsn.'], token: /mlsn\.[0-9a-f]{64}/y },
  { id: 'twilio-key', what: 'a Twilio API key', keywords: ['sk'], token: /SK[0-9a-f]{32}/y },
  {
    id: 'twilio-token',
    what: 'a Twilio token',
    keywords: ['twilio', 'authtoken', 'auth_token'],
    value: /^[0-9a-f]{32}$/,
    check: (_, text, start) => /twilio|AC[0-9a-f]{32}/i.test(text.slice(Math.max(0, start - 300), start + 300)),
  },
];
