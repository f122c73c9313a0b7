import { z } from 'zod'
import {
  defineSource,
  type EventTable,
  isJsonObject,
  type JsonObject,
  secrets,
  valueAt,
} from '../../../core/sdk/source.ts'

const EVENTS = {
  '*': {
    description: 'Every event of Typeform.',
    facts: {
      form: ['string', 'Id of the form', 'form_response.form_id'],
      title: ['string', 'Title of the form', 'form_response.definition.title'],
      response: ['string', 'Id of the response', 'form_response.token'],
      submitted_at: ['string', 'Time, in ISO 8601', 'form_response.submitted_at'],
      score: [
        'number',
        'Score of a quiz',
        'form_response.calculated.score',
        (payload) => entryOf(payload, 'form_response.variables', { key: 'score' })?.['number'],
      ],
      ending: [
        'string',
        'Title of the ending that was shown',
        (payload) => {
          const ref = valueAt(payload, 'form_response.ending.ref')
          return entryOf(payload, 'form_response.definition.endings', { ref })?.['title']
        },
      ],
    },
  },
  form_response: 'A form was submitted.',
  form_response_partial: 'A form was left before its end.',
} satisfies EventTable

/** Webhooks of Typeform. */
export const typeform = defineSource({
  name: 'typeform',
  summary: 'Webhooks of Typeform forms.',
  documentation: 'https://www.typeform.com/developers/webhooks/secure-your-webhooks/',
  setup:
    'In the form, under Connect > Webhooks, add a webhook with the URL. Then edit it to enter the secret.',
  generates: 'secret',
  options: z.object({ secret: secrets().describe('The secret of the webhook.') }),
  events: EVENTS,
  signature: {
    header: 'Typeform-Signature',
    algorithm: 'sha256',
    encoding: 'base64',
    prefix: 'sha256=',
  },
  type: 'event_type',
  id: 'event_id',
})

/** The entry of a list that has this value. */
function entryOf(payload: JsonObject, path: string, value: JsonObject): JsonObject | undefined {
  const list = valueAt(payload, path)
  const [[name, wanted] = ['', undefined]] = Object.entries(value)
  if (!Array.isArray(list) || wanted === undefined) return undefined
  return list.filter(isJsonObject).find((entry) => entry[name] === wanted)
}
