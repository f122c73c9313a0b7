import { type PresetTable, SECRET } from './preset.ts'

/** Senders of documents, forms and media. */
export const DOCUMENT_PRESETS = {
  airtable: {
    title: 'Airtable',
    documentation: 'https://airtable.com/developers/web/api/webhooks-overview',
    setup: 'Create the webhook by the API with the URL. The secret is its `macSecretBase64`.',
    options: {
      hmac: {
        secret: SECRET,
        header: 'X-Airtable-Content-MAC',
        prefix: 'hmac-sha256=',
        key: 'base64',
      },
      type: { default: 'notification' },
      facts: { base: 'base.id', webhook: 'webhook.id', time: 'timestamp' },
    },
  },
  box: {
    title: 'Box',
    documentation: 'https://developer.box.com/guides/webhooks/v2/signatures-v2/',
    setup:
      'In the app at the developer console, under Webhooks, add the URL, and give a signature key to Hookline.',
    options: {
      anyOf: [
        {
          hmac: {
            secret: SECRET,
            header: 'BOX-SIGNATURE-PRIMARY',
            encoding: 'base64',
            timestamp: {
              header: 'BOX-DELIVERY-TIMESTAMP',
              unit: 'rfc3339',
              toleranceSeconds: 600,
            },
            template: '{body}{timestamp}',
          },
        },
        {
          hmac: {
            secret: SECRET,
            header: 'BOX-SIGNATURE-SECONDARY',
            encoding: 'base64',
            timestamp: {
              header: 'BOX-DELIVERY-TIMESTAMP',
              unit: 'rfc3339',
              toleranceSeconds: 600,
            },
            template: '{body}{timestamp}',
          },
        },
      ],
      type: { path: 'trigger' },
      id: { header: 'BOX-DELIVERY-ID' },
    },
  },
  docuseal: {
    title: 'DocuSeal',
    documentation: 'https://www.docuseal.com/docs/webhooks',
    setup:
      'Under Settings > Webhooks, add the URL, and as the secret the key `X-Docuseal-Secret` with the secret as its value.',
    generates: true,
    options: {
      token: SECRET,
      tokenHeader: 'X-Docuseal-Secret',
      type: { path: 'event_type' },
    },
  },
  docusign: {
    title: 'DocuSign',
    documentation: 'https://developers.docusign.com/platform/webhooks/connect/hmac/',
    setup:
      'Under Settings > Connect, add a configuration with the URL and HMAC. The secret is a Connect key.',
    options: {
      anyOf: [
        { hmac: { secret: SECRET, header: 'X-DocuSign-Signature-1', encoding: 'base64' } },
        { hmac: { secret: SECRET, header: 'X-DocuSign-Signature-2', encoding: 'base64' } },
      ],
      type: { path: 'event' },
      facts: { envelope: 'data.envelopeId', account: 'data.accountId' },
    },
  },
  figma: {
    title: 'Figma',
    documentation: 'https://developers.figma.com/docs/rest-api/webhooks/',
    setup: 'Create the webhook by the API with the URL and the secret as its passcode.',
    generates: true,
    options: {
      token: SECRET,
      tokenPath: 'passcode',
      type: { path: 'event_type' },
      id: { hash: true },
      facts: { file_key: 'file_key', file_name: 'file_name', sender: 'triggered_by.handle' },
    },
  },
  greenhouse: {
    title: 'Greenhouse',
    documentation: 'https://developers.greenhouse.io/webhooks.html',
    setup: 'Under Configure > Dev Center > Web Hooks, add a webhook with the URL and the secret.',
    generates: true,
    options: {
      hmac: { secret: SECRET, header: 'Signature', prefix: 'sha256 ' },
      type: { path: 'action' },
      id: { header: 'Greenhouse-Event-ID' },
    },
  },
  jotform: {
    title: 'Jotform',
    documentation: 'https://www.jotform.com/help/245-how-to-setup-a-webhook-with-jotform/',
    setup:
      'In the settings of the form, under Integrations > WebHooks, add the URL, and `?token=` with the secret at its end.',
    generates: true,
    options: {
      token: SECRET,
      tokenQuery: 'token',
      jsonFields: ['rawRequest'],
      type: { default: 'submission' },
      id: { path: 'submissionID' },
      facts: { form: 'formID', submission: 'submissionID', title: 'formTitle' },
    },
  },
  mux: {
    title: 'Mux',
    documentation: 'https://www.mux.com/docs/core/verify-webhook-signatures',
    setup:
      'Under Settings > Webhooks, add a webhook with the URL, and give its signing secret to Hookline.',
    options: {
      hmac: {
        secret: SECRET,
        header: 'Mux-Signature',
        prefix: 'v1=',
        separator: ',',
        timestamp: { prefix: 't=' },
      },
      type: { path: 'type' },
      id: { path: 'id' },
    },
  },
  plex: {
    title: 'Plex',
    documentation: 'https://support.plex.tv/articles/115002267687-webhooks/',
    setup: 'Under Settings > Webhooks, add the URL, and `?token=` with the secret at its end.',
    generates: true,
    options: {
      token: SECRET,
      tokenQuery: 'token',
      jsonFields: ['payload'],
      type: { path: 'payload.event' },
      facts: {
        user: 'payload.Account.title',
        player: 'payload.Player.title',
        title: 'payload.Metadata.title',
        kind: 'payload.Metadata.type',
      },
    },
  },
  tally: {
    title: 'Tally',
    documentation: 'https://tally.so/help/webhooks',
    setup:
      'In the form, under Integrations > Webhooks, add the URL and the secret as its signing secret.',
    generates: true,
    options: {
      hmac: { secret: SECRET, header: 'Tally-Signature', encoding: 'base64' },
      type: { path: 'eventType' },
      id: { path: 'eventId' },
    },
  },
  webflow: {
    title: 'Webflow',
    documentation: 'https://developers.webflow.com/data/docs/working-with-webhooks',
    setup:
      'Create the webhook in the settings of the site or by the API with the URL. Give its secret to Hookline.',
    options: {
      hmac: {
        secret: SECRET,
        header: 'x-webflow-signature',
        timestamp: { header: 'x-webflow-timestamp', unit: 'ms' },
        template: '{timestamp}:{body}',
      },
      type: { path: 'triggerType' },
    },
  },
} satisfies PresetTable
