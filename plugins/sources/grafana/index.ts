import { z } from 'zod'
import {
  alertTable,
  defineSource,
  hmacSignature,
  parseAlerts,
  sampleAlerts,
  secrets,
} from '../../../core/sdk/source.ts'

const headerName = () =>
  z.string().regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/, 'must be the name of a header')

const EVENTS = alertTable({
  folder: ['string', 'Folder of the rule', 'alert.labels.grafana_folder'],
  dashboard_url: ['string', 'URL of the dashboard', 'alert.dashboardURL'],
  panel_url: ['string', 'URL of the panel', 'alert.panelURL'],
  silence_url: ['string', 'URL to silence the alert', 'alert.silenceURL'],
  org_id: ['number', 'Id of the organization', 'notification.orgId'],
})

/**
 * Webhook contact points of Grafana Alerting that sign with an HMAC (Grafana 12 and newer). One event per alert. Of
 * an older Grafana take `alertmanager`: the form is the same, and it can send a bearer token or a password.
 */
export const grafana = defineSource({
  name: 'grafana',
  summary: 'Signed webhook contact points of Grafana Alerting, one event per alert.',
  documentation:
    'https://grafana.com/docs/grafana/latest/alerting/configure-notifications/manage-contact-points/integrations/webhook-notifier/',
  setup:
    'Under Alerting > Contact points, add one of the type Webhook with the URL, and enter the secret under HMAC Signature.',
  generates: 'secret',
  options: z.object({
    secret: secrets().describe('`Secret` of the contact point’s HMAC signature.'),
    header: headerName()
      .default('X-Grafana-Alerting-Signature')
      .describe('`Header` of the HMAC signature.'),
    timestampHeader: headerName()
      .optional()
      .describe('`Timestamp Header` of the HMAC signature, if set. Set it to prevent replays.'),
    toleranceSeconds: z
      .number()
      .positive()
      .default(300)
      .describe('Maximum difference between the timestamp and now, in seconds.'),
  }),
  events: EVENTS,
  signature: ({ secret, header, timestampHeader, toleranceSeconds }, { clock }) => {
    const timed = timestampHeader !== undefined && {
      timestamp: { header: timestampHeader, unit: 's', toleranceSeconds } as const,
      template: '{timestamp}:{body}',
    }
    return hmacSignature(
      { header, algorithm: 'sha256', encoding: 'hex', ...timed },
      { secrets: secret, clock },
    )
  },
  parse: parseAlerts,
  sample: sampleAlerts,
})
