import { z } from 'zod'
import {
  defineSource,
  type EventTable,
  jsonAnswer,
  secrets,
  valueAt,
} from '../../../core/sdk/source.ts'

const EVENTS = {
  '*': {
    description: 'Every activity that Teams sends.',
    facts: {
      // Teams puts the mention of the webhook before the text, as markup.
      text: [
        'string',
        'Text without markup and mention',
        (payload) => {
          const text = valueAt(payload, 'text')
          return typeof text === 'string' ? plain(text) : null
        },
      ],
      sender: ['string', 'Name of the author', 'from.name'],
      sender_id: ['string', 'Id of the author in the directory', 'from.aadObjectId'],
      conversation: ['string', 'Id of the conversation', 'conversation.id'],
      channel: ['string', 'Id of the channel', 'channelData.channel.id'],
      team: ['string', 'Id of the team', 'channelData.team.id'],
      tenant: ['string', 'Id of the tenant', 'channelData.tenant.id'],
      timestamp: ['string', 'Time, in ISO 8601', 'timestamp'],
    },
  },
  message: 'The webhook was mentioned in a channel.',
} satisfies EventTable

/** Outgoing webhooks of Microsoft Teams. */
export const msteams = defineSource({
  name: 'msteams',
  summary: 'Outgoing webhooks of Microsoft Teams.',
  documentation:
    'https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/add-outgoing-webhook',
  setup:
    'In the team, under Manage team > Apps > Create an outgoing webhook, enter the URL. Give the security token that Teams shows to Hookline.',
  options: z.object({
    secret: secrets().describe('The security token of the webhook, in base64.'),
    reply: z
      .string()
      .min(1)
      .default('Received.')
      .describe('Text that Teams shows as the reply. It expects one within five seconds.'),
  }),
  events: EVENTS,
  signature: {
    header: 'Authorization',
    algorithm: 'sha256',
    encoding: 'base64',
    prefix: 'HMAC ',
    key: 'base64',
  },
  type: 'type',
  id: 'id',
  acknowledge: (_, { reply }) => jsonAnswer({ type: 'message', text: reply }),
})

function plain(text: string): string {
  return text
    .replace(/<at>[^<]*<\/at>/g, ' ')
    .replace(/<[^<>]*>/g, ' ')
    .replaceAll('&nbsp;', ' ')
    .replace(/\s+/g, ' ')
    .trim()
}
