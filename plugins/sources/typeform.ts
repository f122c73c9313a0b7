import { z } from 'zod'
import {
  catalogOf,
  defineSource,
  type EventTable,
  fact,
  firstOf,
  secrets,
  signedSource,
} from '../../core/index.ts'

const EVENTS: EventTable = {
  '*': {
    description: 'Every event of Typeform.',
    facts: {
      form: fact('string', 'Id of the form', 'form_response.form_id'),
      title: fact('string', 'Title of the form', 'form_response.definition.title'),
      response: fact('string', 'Id of the response', 'form_response.token'),
      submitted_at: fact('string', 'When, in ISO 8601', 'form_response.submitted_at'),
      score: fact(
        'number',
        'Score of a quiz',
        firstOf('form_response.calculated.score', 'form_response.variables.0.number'),
      ),
      ending: fact('string', 'Title of the ending that was shown', 'form_response.ending.title'),
    },
  },
  form_response: { description: 'A form was submitted.', facts: {} },
  form_response_partial: { description: 'A form was left before its end.', facts: {} },
}

/** Webhooks of Typeform. */
export const typeform = defineSource({
  name: 'typeform',
  summary: 'Webhooks of Typeform forms.',
  documentation: 'https://www.typeform.com/developers/webhooks/secure-your-webhooks/',
  options: z.object({ secret: secrets().describe('The secret of the webhook.') }),
  events: catalogOf(EVENTS),
  create: signedSource({
    signature: {
      header: 'Typeform-Signature',
      algorithm: 'sha256',
      encoding: 'base64',
      prefix: 'sha256=',
    },
    events: EVENTS,
    type: { path: 'event_type' },
    id: { path: 'event_id' },
  }),
})
