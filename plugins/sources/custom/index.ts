import { defineSource } from '../../../core/sdk/source.ts'
import { answerTo, fixedAnswer } from './answer.ts'
import { authenticityOf, secretHeaders, secretParameters } from './authenticity.ts'
import { readPayload } from './body.ts'
import { eventsOf } from './event.ts'
import { customOptions, resolved } from './options.ts'
import { PRESETS } from './presets/index.ts'
import { sampleBody } from './sample.ts'

/** Any sender without a source of its own. The sender determines event types and facts, so the table is empty. */
export const custom = defineSource({
  name: 'custom',
  summary: 'Webhooks of your own programs, and of any sender without a source of its own.',
  setup:
    'Let the sender POST to the URL, with the token in the header X-Webhook-Token and the event type in X-Webhook-Event.',
  generates: 'token',
  options: customOptions,
  events: {},
  presets: PRESETS,
  secretHeaders: (options) => secretHeaders(resolved(options)),
  secretParameters: (options) => secretParameters(resolved(options)),
  create: (given, { clock }) => {
    const options = resolved(given)
    const { answer, acknowledge, gzip } = options
    const parameters = secretParameters(options)
    return {
      ...authenticityOf(options, clock),
      ...(gzip && { contentEncodings: ['gzip'] }),
      ...(answer && { answer: (delivery) => answerTo(delivery, answer) }),
      ...(acknowledge && { acknowledge: () => fixedAnswer(acknowledge) }),
      sample: (event) => sampleBody(options, event),
      parse: (delivery) => {
        const payload = readPayload(delivery, options, parameters)
        return payload instanceof Promise
          ? payload.then((read) => eventsOf(delivery, read, options))
          : eventsOf(delivery, payload, options)
      },
    }
  },
})
