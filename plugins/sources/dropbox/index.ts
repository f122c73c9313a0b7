import { z } from 'zod'
import {
  defineSource,
  type EventTable,
  isJsonObject,
  type JsonObject,
  jsonObject,
  OK,
  plainText,
  secrets,
  valueAt,
} from '../../../core/sdk/source.ts'

const EVENTS = {
  list_folder: {
    description: 'Files of an account changed. Dropbox does not say which: ask its API.',
    facts: {
      account: ['string', 'Id of the account or of the team member', 'account'],
      team: ['string', 'Id of the team; null for a personal account', 'team'],
    },
  },
} satisfies EventTable

/** Webhooks of Dropbox apps: one event per account that a notification names. */
export const dropbox = defineSource({
  name: 'dropbox',
  summary: 'Webhooks of Dropbox apps.',
  documentation: 'https://www.dropbox.com/developers/reference/webhooks',
  setup:
    'In the App Console, enter the URL under Webhooks > Webhook URIs. The secret is the app secret, on the same page.',
  options: z.object({ secret: secrets().describe('The secret of the app.') }),
  events: EVENTS,
  signature: { header: 'X-Dropbox-Signature', algorithm: 'sha256', encoding: 'hex' },
  type: () => 'list_folder',
  // Two notifications may have equal bodies, so no id can be made from them.
  parse: (delivery) => {
    const payload = jsonObject(delivery)
    return accountsOf(payload).map((from) => ({ payload, from }))
  },
  answer: ({ method, query }) => {
    const challenge = query.get('challenge')
    return method === 'GET' && challenge !== null ? plainText(challenge) : undefined
  },
  acknowledge: () => OK,
})

function accountsOf(payload: JsonObject): readonly JsonObject[] {
  const changed = [
    ...textsOf(valueAt(payload, 'list_folder.accounts')).map((account) => ({
      account,
      team: null,
    })),
    ...teamsOf(payload).flatMap(([team, members]) =>
      textsOf(members).map((account) => ({ account, team })),
    ),
  ]
  return changed.length > 0 ? changed : [{ account: null, team: null }]
}

function teamsOf(payload: unknown): readonly (readonly [string, unknown])[] {
  const teams = valueAt(payload, 'list_folder.teams')
  return isJsonObject(teams) ? Object.entries(teams) : []
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((entry) => typeof entry === 'string') : []
}
