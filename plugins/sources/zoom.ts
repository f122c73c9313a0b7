import { createHmac } from 'node:crypto'
import { z } from 'zod'
import {
  catalogOf,
  defineSource,
  type EventTable,
  eventReader,
  eventsWith,
  type FactTable,
  fact,
  type HmacScheme,
  hmacSignature,
  idText,
  jsonAnswer,
  OK,
  secrets,
  valueAt,
} from '../../core/index.ts'

const MEETING_FACTS: FactTable = {
  meeting: fact('string', 'Number of the meeting', (payload) =>
    idText(valueAt(payload, 'payload.object.id')),
  ),
  uuid: fact('string', 'Id of this instance of the meeting', 'payload.object.uuid'),
  topic: fact('string', 'Topic', 'payload.object.topic'),
  host: fact('string', 'Id of the host', 'payload.object.host_id'),
  start_time: fact('string', 'In ISO 8601', 'payload.object.start_time'),
  duration: fact('number', 'In minutes', 'payload.object.duration'),
  participant: fact('string', 'Name of who joined or left', 'payload.object.participant.user_name'),
}

const EVENTS: EventTable = {
  '*': {
    description: 'Every event of Zoom.',
    facts: {
      account: fact('string', 'Id of the account', 'payload.account_id'),
      sender: fact('string', 'Mail address of who caused it', 'payload.operator'),
      event_ts: fact('number', 'When, in milliseconds since the epoch', 'event_ts'),
    },
  },
  ...eventsWith(MEETING_FACTS, {
    meeting: 'Something about a meeting.',
    'meeting.started': 'A meeting began.',
    'meeting.ended': 'A meeting ended.',
    'meeting.participant_joined': 'Somebody joined a meeting.',
    'meeting.participant_left': 'Somebody left a meeting.',
    webinar: 'Something about a webinar.',
    recording: 'Something about a recording.',
    'recording.completed': 'A recording can be fetched.',
  }),
  user: { description: 'Something about a user.', facts: {} },
}

const SIGNATURE: HmacScheme = {
  header: 'x-zm-signature',
  algorithm: 'sha256',
  encoding: 'hex',
  prefix: 'v0=',
  timestamp: { header: 'x-zm-request-timestamp', unit: 's', toleranceSeconds: 300 },
  template: 'v0:{timestamp}:{body}',
}
const VALIDATION = 'endpoint.url_validation'

// Each body holds the time of its event, and Zoom sends no id.
const readEvents = eventReader({ events: EVENTS, type: { path: 'event' }, id: 'body' })

/** Event notifications of Zoom apps. */
export const zoom = defineSource({
  name: 'zoom',
  summary: 'Event notifications of Zoom apps.',
  documentation: 'https://developers.zoom.us/docs/api/webhooks/',
  options: z.object({ secret: secrets().describe('The secret token of the app.') }),
  events: catalogOf(EVENTS),
  create: ({ secret }, { clock }) => {
    const ways = secret.map((one) => ({
      one,
      signature: hmacSignature(SIGNATURE, { secrets: [one], clock }),
    }))
    const all = hmacSignature(SIGNATURE, { secrets: secret, clock })
    return {
      verify: all.verify,
      sign: all.sign,
      parse: (delivery) =>
        valueAt(delivery.json(), 'event') === VALIDATION ? [] : readEvents(delivery),
      // The challenge is signed like any event, and answered with the secret that it was signed with.
      acknowledge: (delivery) => {
        const token = valueAt(delivery.json(), 'payload.plainToken')
        if (valueAt(delivery.json(), 'event') !== VALIDATION || typeof token !== 'string') return OK
        const key = ways.find(({ signature }) => signature.verify(delivery).ok)?.one
        if (key === undefined) return undefined
        const encryptedToken = createHmac('sha256', key).update(token).digest('hex')
        return jsonAnswer({ plainToken: token, encryptedToken })
      },
    }
  },
})
