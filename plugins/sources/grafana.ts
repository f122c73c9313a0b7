import { z } from 'zod'
import {
  ALERT_EVENTS,
  alertEvents,
  catalogOf,
  defineSource,
  type EventTable,
  fact,
  hmacSignature,
  secrets,
} from '../../core/index.ts'

const headerName = () =>
  z.string().regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/, 'must be the name of a header')

const EVENTS: EventTable = {
  ...ALERT_EVENTS,
  '*': {
    description: 'Every alert.',
    facts: {
      ...ALERT_EVENTS['*']?.facts,
      folder: fact('string', 'Folder of the rule', 'alert.labels.grafana_folder'),
      dashboard_url: fact('string', 'Dashboard of the rule', 'alert.dashboardURL'),
      panel_url: fact('string', 'Panel of the rule', 'alert.panelURL'),
      silence_url: fact('string', 'Page that silences the alert', 'alert.silenceURL'),
      org_id: fact('number', 'Id of the organization', 'notification.orgId'),
    },
  },
}

/**
 * Webhook contact points of Grafana Alerting that sign with an HMAC (Grafana 12 and newer). One event per alert. Of
 * an older Grafana take `alertmanager`: the form is the same, and it can send a bearer token or a password.
 */
export const grafana = defineSource({
  name: 'grafana',
  summary: 'Signed webhook contact points of Grafana Alerting, one event per alert.',
  documentation:
    'https://grafana.com/docs/grafana/latest/alerting/configure-notifications/manage-contact-points/integrations/webhook-notifier/',
  options: z.object({
    secret: secrets().describe('`Secret` of the contact point’s HMAC signature.'),
    header: headerName()
      .default('X-Grafana-Alerting-Signature')
      .describe('`Header` of the HMAC signature.'),
    timestampHeader: headerName()
      .optional()
      .describe(
        '`Timestamp Header` of the HMAC signature, where one is set: set it, against replays.',
      ),
    toleranceSeconds: z
      .number()
      .positive()
      .default(300)
      .describe('How far the timestamp may be from now.'),
  }),
  events: catalogOf(EVENTS),
  create: ({ secret, header, timestampHeader, toleranceSeconds }, { clock }) => {
    const timed = timestampHeader !== undefined && {
      timestamp: { header: timestampHeader, unit: 's', toleranceSeconds } as const,
      template: '{timestamp}:{body}',
    }
    const signature = hmacSignature(
      { header, algorithm: 'sha256', encoding: 'hex', ...timed },
      { secrets: secret, clock },
    )
    return {
      verify: signature.verify,
      parse: (delivery) => alertEvents(delivery, EVENTS),
      sign: signature.sign,
    }
  },
})
