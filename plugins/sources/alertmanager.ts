import { z } from 'zod'
import {
  ALERT_EVENTS,
  alertEvents,
  basicAuth,
  catalogOf,
  defineSource,
  headerToken,
  secrets,
} from '../../core/index.ts'

/** Notifications of Prometheus Alertmanager, and of all that send its form. One event per alert. */
export const alertmanager = defineSource({
  name: 'alertmanager',
  summary: 'Notifications of Prometheus Alertmanager, one event per alert.',
  documentation: 'https://prometheus.io/docs/alerting/latest/configuration/#webhook_config',
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
  events: catalogOf(ALERT_EVENTS),
  create: ({ bearer = [], basic }) => {
    const authorization = basic
      ? basicAuth(basic.username, basic.password)
      : headerToken({ header: 'Authorization', prefix: 'Bearer ', secrets: bearer })
    return {
      verify: authorization.verify,
      parse: (delivery) => alertEvents(delivery, ALERT_EVENTS),
      sign: authorization.sign,
    }
  },
})
