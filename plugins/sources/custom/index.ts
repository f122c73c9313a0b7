import { defineSource } from '../../../core/sdk/source.ts'
import { authenticityOf, tokenHeaders, tokenParameters } from './authenticity.ts'
import { readBody } from './body.ts'
import { eventOf } from './event.ts'
import { customOptions } from './options.ts'

/** Any sender without a source of its own. The sender determines event types and facts, so the table is empty. */
export const custom = defineSource({
  name: 'custom',
  summary: 'Webhooks of your own programs, and of any sender without a source of its own.',
  setup:
    'Let the sender POST to the URL, with the token in the header X-Webhook-Token and the event type in X-Webhook-Event.',
  generates: 'token',
  options: customOptions,
  events: {},
  secretHeaders: tokenHeaders,
  secretParameters: tokenParameters,
  signature: authenticityOf,
  sample: (event) => ({ event, data: 'sample', size: 12, message: 'A test delivery' }),
  parse: (delivery, options) => [eventOf(delivery, readBody(delivery, options), options)],
})
