/** Chat and social networks. */
import { standsAlone } from './checks.js';
import { type Rule, secretName } from './rule.js';

export const chat: readonly Rule[] = [
  {
    id: 'slack-token',
    what: 'a Slack token',
    keywords: ['xoxb-', 'xoxp-', 'xoxa-', 'xoxr-', 'xoxs-', 'xoxo-', 'xoxc-', 'xoxd-', 'xoxe-', 'xoxe.', 'xapp-'],
    token:
      /(?:xox[abcdeoprs]-(?=[^\s"']{0,40}\d)[A-Za-z0-9%-]{20,400}|xoxe\.xox[bp]-\d-[A-Za-z0-9]{100,300}|xapp-\d-[A-Z0-9]{8,16}-\d{10,16}-[0-9a-f]{40,80})/y,
  },
  {
    id: 'slack-webhook',
    what: 'a Slack webhook',
    keywords: ['hooks.slack.com'],
    token:
      /hooks\.slack\.com\\?\/(?:services|workflows|triggers)\\?\/[A-Za-z0-9+]{8,14}\\?\/[A-Za-z0-9+]{8,20}\\?\/([A-Za-z0-9+/]{20,60})/y,
  },
  {
    id: 'discord-bot-token',
    what: 'a Discord bot token',
    keywords: ['discord', 'bot_token', 'bottoken', 'login'],
    value: /^[MNO][\w-]{23,27}\.[\w-]{6}\.[\w-]{27,40}$/,
  },
  {
    id: 'discord-client-secret',
    what: 'a Discord client secret',
    keywords: ['discord'],
    name: /secret/i,
    value: /^[\w-]{32}$/,
  },
  {
    id: 'discord-webhook',
    what: 'a Discord webhook',
    keywords: ['/api/webhooks/'],
    token: /\/api\/webhooks\/\d{17,20}\/([\w-]{60,72})(?![\w-])/y,
  },
  {
    id: 'telegram-bot-token',
    what: 'a Telegram bot token',
    keywords: [':aa'],
    token: /(?<=(?:^|bot|[^A-Za-z0-9])\d{8,10}):(AA[\w-]{32,33})(?![\w-])/y,
  },
  {
    id: 'teams-webhook',
    what: 'a Microsoft Teams webhook',
    keywords: ['webhook.office.com'],
    token:
      /webhook\.office\.com\/webhookb2\/[0-9a-f-]{36}@[0-9a-f-]{36}\/IncomingWebhook\/([0-9a-f]{32}\/[0-9a-f-]{36})/iy,
  },
  {
    id: 'google-chat-webhook',
    what: 'a Google Chat webhook',
    keywords: ['chat.googleapis.com'],
    token:
      /chat\.googleapis\.com\/v1\/spaces\/[\w-]{5,20}\/messages\?key=[\w-]{39}&(?:amp;)?token=([\w-]{30,60}(?:%3D|=)?)/y,
  },
  {
    id: 'facebook-token',
    what: 'a Facebook access token',
    keywords: ['eaac', 'eaam', 'eaag', 'eaab'],
    token: /EAA[MCGB][A-Za-z0-9]{100,300}/y,
    check: (s, text, start) => /\d/.test(s) && standsAlone(s, text, start),
  },
  {
    id: 'social-secret',
    what: 'the secret of a social network’s application',
    keywords: ['facebook', 'fb_app', 'twitter', 'linkedin', 'instagram', 'twitch', 'spotify', 'reddit'],
    name: /secret|access_?token|api_?key/i,
    value: /^(?:[0-9a-f]{32}|[A-Za-z0-9]{30}|\d{8,19}-[A-Za-z0-9]{40}|(?=[A-Za-z]{0,60}\d)[A-Za-z0-9]{45,50})$/,
  },
  {
    id: 'twitter-bearer-token',
    what: 'a Twitter bearer token',
    keywords: ['aaaaaaaaaaaaaaaaaaaaa'],
    token: /A{21}(?=[^\s"']{0,60}%)([A-Za-z0-9%]{60,140})/y,
  },
  {
    id: 'firebase-server-key',
    what: 'a Firebase Cloud Messaging server key',
    keywords: [':apa91b'],
    lead: 11,
    token: /AAAA[\w-]{7}:APA91b[\w-]{130,140}(?![\w-])/y,
  },
  {
    id: 'mattermost-zoom-token',
    what: 'a token of a chat service',
    keywords: ['mattermost', 'rocketchat', 'zoom_', 'webex', 'intercom', 'zulip'],
    name: secretName,
    value: /^(?:[a-z0-9]{26}|(?=\w{0,60}\d)[\w-]{32}|[\w-]{43}|dG9rO[A-Za-z0-9+/=_-]{50,70})$/,
  },
];
