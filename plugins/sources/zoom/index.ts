import { z } from 'zod'
import {
  defineSource,
  type EventTable,
  eventsWith,
  type FactTable,
  type HmacScheme,
  hmac,
  hmacSignature,
  jsonAnswer,
  jsonObject,
  OK,
  secrets,
  valueAt,
} from '../../../core/sdk/source.ts'

const MEETING_FACTS: FactTable = {
  meeting: ['string', 'Number of the meeting', 'payload.object.id'],
  uuid: ['string', 'Id of this instance of the meeting', 'payload.object.uuid'],
  topic: ['string', 'Topic', 'payload.object.topic'],
  host: ['string', 'Id of the host', 'payload.object.host_id'],
  start_time: ['string', 'Time, in ISO 8601', 'payload.object.start_time'],
  duration: ['number', 'Duration in minutes', 'payload.object.duration'],
  participant: [
    'string',
    'Name of the participant who joined or left',
    'payload.object.participant.user_name',
  ],
}

const EVENTS = {
  '*': {
    description: 'Every event of Zoom.',
    facts: {
      account: ['string', 'Id of the account', 'payload.account_id'],
      sender: ['string', 'Email address of the user who caused it', 'payload.operator'],
      event_ts: ['number', 'Time, in milliseconds since the epoch', 'event_ts'],
    },
  },
  ...eventsWith(MEETING_FACTS, {
    meeting: 'Activity on a meeting.',
    'meeting.started': 'A meeting started.',
    'meeting.ended': 'A meeting ended.',
    'meeting.participant_joined': 'Somebody joined a meeting.',
    'meeting.participant_left': 'Somebody left a meeting.',
    webinar: 'Activity on a webinar.',
    recording: 'Activity on a recording.',
    'recording.completed': 'A recording is available.',
  }),
  user: 'Activity on a user.',
} satisfies EventTable

const SIGNATURE: HmacScheme = {
  header: 'x-zm-signature',
  algorithm: 'sha256',
  encoding: 'hex',
  prefix: 'v0=',
  timestamp: { header: 'x-zm-request-timestamp', unit: 's', toleranceSeconds: 300 },
  template: 'v0:{timestamp}:{body}',
}
const VALIDATION = 'endpoint.url_validation'

/** Event notifications of Zoom apps. */
export const zoom = defineSource({
  name: 'zoom',
  summary: 'Event notifications of Zoom apps.',
  documentation: 'https://developers.zoom.us/docs/api/webhooks/',
  setup:
    'In the app, under Features > Access, enter the URL as event notification endpoint. Give the secret token on the same page to Hookline first.',
  options: z.object({ secret: secrets().describe('The secret token of the app.') }),
  events: EVENTS,
  signature: SIGNATURE,
  type: 'event',
  // Zoom sends no id, but each body contains the time of its event.
  id: { hash: 'body' },
  parse: (delivery) => {
    const payload = jsonObject(delivery)
    return payload['event'] === VALIDATION ? [] : [{ payload }]
  },
  // The challenge is signed like an event. Its answer must use the secret that signed it.
  acknowledge: (delivery, { secret }, { clock }) => {
    const token = valueAt(delivery.json(), 'payload.plainToken')
    if (valueAt(delivery.json(), 'event') !== VALIDATION || typeof token !== 'string') return OK
    const key = secret.find(
      (one) => hmacSignature(SIGNATURE, { secrets: [one], clock }).verify(delivery).ok,
    )
    if (key === undefined) return undefined
    return jsonAnswer({ plainToken: token, encryptedToken: hmac(SIGNATURE, [key]).sign([token]) })
  },
})
