import { z } from 'zod'
import {
  alertTable,
  basicAuth,
  defineSource,
  headerToken,
  parseAlerts,
  sampleAlerts,
  secrets,
} from '../../../core/sdk/source.ts'

/** Notifications of Prometheus Alertmanager, and of all that send its form. One event per alert. */
export const alertmanager = defineSource({
  name: 'alertmanager',
  summary: 'Notifications of Prometheus Alertmanager, one event per alert.',
  documentation: 'https://prometheus.io/docs/alerting/latest/configuration/#webhook_config',
  setup:
    'In alertmanager.yml, add a receiver with `webhook_configs`: the URL as `url`, and the secret as `http_config.authorization.credentials`.',
  generates: 'bearer',
  options: z
    .object({
      bearer: secrets()
        .optional()
        .describe('`authorization.credentials` of the receiver’s `http_config`.'),
      basic: z
        .strictObject({
          username: z.string().regex(/^[^:]+$/, 'must not be empty or hold a colon'),
          password: secrets(),
        })
        .optional()
        .describe('`basic_auth` of the receiver’s `http_config`.'),
    })
    .refine(({ bearer, basic }) => (bearer === undefined) !== (basic === undefined), {
      message: 'needs `bearer` or `basic`: one header cannot carry both, and none is no proof',
    }),
  events: alertTable(),
  signature: ({ bearer = [], basic }) =>
    basic
      ? basicAuth(basic.username, basic.password)
      : headerToken({ header: 'Authorization', prefix: 'Bearer ', secrets: bearer }),
  parse: parseAlerts,
  sample: sampleAlerts,
})
