import { z } from 'zod'
import {
  catalogOf,
  defineSource,
  type EventTable,
  eventReader,
  fact,
  type HmacScheme,
  hmacSignature,
  jsonAnswer,
  secrets,
  valueAt,
} from '../../core/index.ts'

const EVENTS: EventTable = {
  '*': {
    description: 'Every activity that Teams sends.',
    facts: {
      // Teams writes the mention of the webhook as markup before it.
      text: fact('string', 'Text without markup and mention', (payload) => {
        const text = valueAt(payload, 'text')
        return typeof text === 'string' ? plain(text) : null
      }),
      sender: fact('string', 'Name of who wrote it', 'from.name'),
      sender_id: fact('string', 'Id of who wrote it in the directory', 'from.aadObjectId'),
      conversation: fact('string', 'Id of the conversation', 'conversation.id'),
      channel: fact('string', 'Id of the channel', 'channelData.channel.id'),
      team: fact('string', 'Id of the team', 'channelData.team.id'),
      tenant: fact('string', 'Id of the tenant', 'channelData.tenant.id'),
      timestamp: fact('string', 'When, in ISO 8601', 'timestamp'),
    },
  },
  message: { description: 'The webhook was mentioned in a channel.', facts: {} },
}

const SIGNATURE: HmacScheme = {
  header: 'Authorization',
  algorithm: 'sha256',
  encoding: 'base64',
  prefix: 'HMAC ',
  key: 'base64',
}

/** Outgoing webhooks of Microsoft Teams. */
export const msteams = defineSource({
  name: 'msteams',
  summary: 'Outgoing webhooks of Microsoft Teams.',
  documentation:
    'https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/add-outgoing-webhook',
  options: z.object({
    secret: secrets().describe('The security token of the webhook, in base64.'),
    reply: z
      .string()
      .min(1)
      .default('Received.')
      .describe('What Teams shows for an answer: it needs one within five seconds.'),
  }),
  events: catalogOf(EVENTS),
  create: ({ secret, reply }, { clock }) => {
    const signature = hmacSignature(SIGNATURE, { secrets: secret, clock })
    return {
      verify: signature.verify,
      sign: signature.sign,
      parse: eventReader({ events: EVENTS, type: { path: 'type' }, id: { path: 'id' } }),
      acknowledge: () => jsonAnswer({ type: 'message', text: reply }),
    }
  },
})

function plain(text: string): string {
  return text
    .replace(/<at>[^<]*<\/at>/g, ' ')
    .replace(/<[^<>]*>/g, ' ')
    .replaceAll('&nbsp;', ' ')
    .replace(/\s+/g, ' ')
    .trim()
}
