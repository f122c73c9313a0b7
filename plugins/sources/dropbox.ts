import { z } from 'zod'
import {
  catalogOf,
  type Delivery,
  defineSource,
  type EventTable,
  fact,
  factsOf,
  hmacSignature,
  isJsonObject,
  jsonObject,
  OK,
  type ParsedEvent,
  plainText,
  secrets,
  valueAt,
} from '../../core/index.ts'

const EVENTS: EventTable = {
  list_folder: {
    description: 'Files of an account changed. Dropbox tells neither which nor how: ask its API.',
    facts: {
      account: fact('string', 'Id of the account or of the team member', 'account'),
      team: fact('string', 'Id of the team; null for a personal account', 'team'),
    },
  },
}

/** Webhooks of Dropbox apps: one event per account that a notification names. */
export const dropbox = defineSource({
  name: 'dropbox',
  summary: 'Webhooks of Dropbox apps.',
  documentation: 'https://www.dropbox.com/developers/reference/webhooks',
  options: z.object({ secret: secrets().describe('The secret of the app.') }),
  events: catalogOf(EVENTS),
  create: ({ secret }, { clock }) => {
    const signature = hmacSignature(
      { header: 'X-Dropbox-Signature', algorithm: 'sha256', encoding: 'hex' },
      { secrets: secret, clock },
    )
    return {
      verify: signature.verify,
      sign: signature.sign,
      parse,
      answer: ({ method, query }) => {
        const challenge = query.get('challenge')
        return method === 'GET' && challenge !== null ? plainText(challenge) : undefined
      },
      acknowledge: () => OK,
    }
  },
})

// Two notifications may be equal byte for byte, so no id can be made of them.
function parse(delivery: Delivery): readonly ParsedEvent[] {
  const payload = jsonObject(delivery)
  const type = 'list_folder'
  const changed = [
    ...textsOf(valueAt(payload, 'list_folder.accounts')).map((account) => ({
      account,
      team: null,
    })),
    ...teamsOf(payload).flatMap(([team, members]) =>
      textsOf(members).map((account) => ({ account, team })),
    ),
  ]
  const all = changed.length > 0 ? changed : [{ account: null, team: null }]
  return all.map((place) => ({
    ...{ type, id: null, payload },
    facts: factsOf(EVENTS, { type, payload: place }),
  }))
}

function teamsOf(payload: unknown): readonly (readonly [string, unknown])[] {
  const teams = valueAt(payload, 'list_folder.teams')
  return isJsonObject(teams) ? Object.entries(teams) : []
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((entry) => typeof entry === 'string') : []
}
