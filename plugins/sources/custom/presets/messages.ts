import { type PresetTable, SECRET } from './preset.ts'

/** Senders of messages, calendars and accounts. */
export const MESSAGE_PRESETS = {
  calcom: {
    title: 'Cal.com',
    documentation: 'https://cal.com/docs/developing/guides/automation/webhooks',
    setup: 'Under Settings > Developer > Webhooks, add a webhook with the URL and the secret.',
    generates: true,
    options: {
      hmac: { secret: SECRET, header: 'X-Cal-Signature-256' },
      type: { path: 'triggerEvent' },
    },
  },
  clickup: {
    title: 'ClickUp',
    documentation: 'https://developer.clickup.com/docs/webhooksignature',
    setup: 'Create the webhook by the API with the URL. The secret is in the answer.',
    options: {
      hmac: { secret: SECRET, header: 'X-Signature' },
      type: { path: 'event' },
      id: { path: 'history_items.0.id' },
    },
  },
  helpscout: {
    title: 'Help Scout',
    documentation: 'https://developer.helpscout.com/webhooks/',
    setup: 'Under Manage > Apps > Webhooks, add the URL and the secret.',
    generates: true,
    options: {
      hmac: {
        secret: SECRET,
        header: 'X-HelpScout-Signature',
        algorithm: 'sha1',
        encoding: 'base64',
      },
      type: { header: 'X-HelpScout-Event' },
    },
  },
  line: {
    title: 'LINE',
    documentation: 'https://developers.line.biz/en/docs/messaging-api/verify-webhook-signature/',
    setup:
      'In the LINE Developers Console, enter the URL under Messaging API. The secret is the channel secret.',
    options: {
      hmac: { secret: SECRET, header: 'x-line-signature', encoding: 'base64' },
      batch: 'events',
      type: { path: 'events.0.type' },
      id: { path: 'events.0.webhookEventId' },
      facts: {
        text: 'events.0.message.text',
        sender: 'events.0.source.userId',
        reply_token: 'events.0.replyToken',
      },
    },
  },
  mailchimp: {
    title: 'Mailchimp',
    documentation: 'https://mailchimp.com/developer/marketing/guides/sync-audience-data-webhooks/',
    setup:
      'In the settings of the audience, under Webhooks, add the URL, and `?token=` with the secret at its end.',
    generates: true,
    options: {
      token: SECRET,
      tokenQuery: 'token',
      type: { path: 'type' },
      id: { hash: true },
      facts: { email: 'data[email]', list: 'data[list_id]' },
      // Mailchimp looks whether the URL is there before it accepts it.
      answer: [{ method: 'GET' }, { method: 'HEAD' }],
    },
  },
  mattermost: {
    title: 'Mattermost',
    documentation: 'https://developers.mattermost.com/integrate/webhooks/outgoing/',
    setup:
      'Under Integrations > Outgoing Webhooks, add a webhook with the URL. Its token is the secret.',
    options: {
      token: SECRET,
      tokenPath: 'token',
      type: { default: 'message' },
      id: { path: 'post_id' },
      acknowledge: { status: 200 },
    },
  },
  monday: {
    title: 'monday.com',
    documentation: 'https://developer.monday.com/api-reference/reference/webhooks',
    setup:
      'Create the webhook by the API with the URL. The secret is the signing secret of the app.',
    options: {
      jwt: { algorithms: ['HS256'], secret: SECRET },
      type: { path: 'event.type' },
      id: { path: 'event.triggerUuid' },
      answer: [{ method: 'POST', echo: { path: 'challenge' }, field: 'challenge' }],
    },
  },
  okta: {
    title: 'Okta',
    documentation: 'https://developer.okta.com/docs/concepts/event-hooks/',
    setup:
      'Under Workflow > Event Hooks, add an event hook with the URL, the authentication field `Authorization` and the secret. Then verify it.',
    generates: true,
    options: {
      token: SECRET,
      tokenHeader: 'Authorization',
      batch: 'data.events',
      type: { path: 'data.events.0.eventType' },
      id: { path: 'data.events.0.uuid' },
      facts: {
        actor: 'data.events.0.actor.alternateId',
        target: 'data.events.0.target.0.alternateId',
        result: 'data.events.0.outcome.result',
      },
      answer: [{ echo: { header: 'X-Okta-Verification-Challenge' }, field: 'verification' }],
    },
  },
  postmark: {
    title: 'Postmark',
    documentation: 'https://postmarkapp.com/developer/webhooks/webhooks-overview',
    setup:
      'In the message stream, under Webhooks, add a webhook with the URL and basic auth: the username is `hookline`, the password the secret.',
    generates: true,
    options: {
      basic: { username: 'hookline', password: SECRET },
      type: { path: 'RecordType' },
    },
  },
  pusher: {
    title: 'Pusher Channels',
    documentation: 'https://pusher.com/docs/channels/server_api/webhooks/',
    setup: 'In the app, under Webhooks, add the URL. The secret is that of the app key.',
    options: {
      hmac: { secret: SECRET, header: 'X-Pusher-Signature' },
      batch: 'events',
      type: { path: 'events.0.name' },
      facts: { channel: 'events.0.channel', event_name: 'events.0.event' },
    },
  },
  strava: {
    title: 'Strava',
    documentation: 'https://developers.strava.com/docs/webhooks/',
    setup:
      'Create the subscription by the API with the secret as `verify_token`, and as `callback_url` the URL with `?token=` and the secret at its end.',
    generates: true,
    options: {
      token: SECRET,
      tokenQuery: 'token',
      type: { path: 'object_type' },
      id: { hash: true },
      answer: [
        {
          when: { query: 'hub.verify_token', secret: SECRET },
          echo: { query: 'hub.challenge' },
          field: 'hub.challenge',
        },
      ],
    },
  },
  webex: {
    title: 'Webex',
    documentation: 'https://developer.webex.com/messaging/docs/api/guides/webhooks',
    setup: 'Create the webhook by the API with the URL as `targetUrl` and the secret.',
    generates: true,
    options: {
      hmac: { secret: SECRET, header: 'X-Spark-Signature', algorithm: 'sha1' },
      type: { path: 'resource' },
      facts: { resource: 'resource', event: 'event', object: 'data.id', person: 'actorId' },
    },
  },
} satisfies PresetTable
