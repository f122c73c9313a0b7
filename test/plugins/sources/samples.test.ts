import { describe, expect, it } from 'vitest'
import { builtInSources } from '../../../core/config/modules/built-in.ts'
import type { RunningSource } from '../../../core/contracts/config.ts'
import { makeContext, makeDelivery } from '../../../core/testing/delivery.ts'
import { signTestDelivery } from '../../../core/trial/test-delivery.ts'

const KEY = 'k'.repeat(43)
const BASE64_KEY = Buffer.from('x'.repeat(32)).toString('base64')
const PUBLIC_URL = 'https://hooks.example.com'
/** Of sources that take no `secret` of any form. */
const OPTIONS: Readonly<Record<string, object>> = {
  adyen: { hmacKey: 'ab'.repeat(32) },
  alertmanager: { bearer: KEY },
  cloudevents: { token: KEY },
  custom: { token: KEY },
  dockerhub: { token: KEY },
  gitlab: { token: KEY },
  meta: { appSecret: KEY, verifyToken: KEY },
  msgraph: { clientState: KEY },
  msteams: { secret: BASE64_KEY },
  notion: { token: `secret_${KEY}` },
  standardwebhooks: { secret: `whsec_${BASE64_KEY}` },
  svix: { secret: `whsec_${BASE64_KEY}` },
  telegram: { token: KEY },
  twilio: { authToken: KEY },
}
/** Only the sender has the key, or there is no sender. */
const CANNOT_SIGN = ['discord', 'schedule', 'sendgrid', 'sns']
/** Types that only several events, or a form, can have. */
const OTHERWISE: Readonly<Record<string, readonly string[]>> = {
  msgraph: ['lifecycle'],
  twilio: ['message', 'call', 'recording', 'conference', 'conversation'],
}

const sources = (await builtInSources()).filter(({ name }) => !CANNOT_SIGN.includes(name))

describe('the samples of a source', () => {
  it.each(sources.map((source) => [source.name, source] as const))(
    '%s are deliveries of its events',
    async (name, definition) => {
      const options = definition.options.parse(OPTIONS[name] ?? { secret: KEY })
      const instance = definition.create(options, makeContext())
      const source: RunningSource = {
        ...{ name, definition, instance, options, baseDir: '/', allow: null, rateLimit: null },
        origin: { layer: 'config', file: null },
        ...{
          maxBodyBytes: 1,
          secretHeaders: [],
          secretParameters: [],
          path: null,
          methods: ['POST'],
          answers: {},
        },
      }
      const known = Object.keys(definition.events).filter((type) => type !== '*')
      const events = known.filter((type) => !OTHERWISE[name]?.includes(type))
      for (const event of events.length === 0 ? ['test'] : events) {
        const { url, headers, body } = signTestDelivery(source, { event, publicUrl: PUBLIC_URL })
        const delivery = makeDelivery({ source: name, url, headers, body })
        expect(await instance.verify(delivery), event).toEqual({ ok: true })
        const parsed = await instance.parse(delivery)
        expect(
          parsed.map(({ type }) => type),
          event,
        ).toEqual([event])
      }
    },
  )
})
