import { z } from 'zod'
import {
  contentIds,
  type Delivery,
  defineSource,
  type EventTable,
  hmacSignature,
  jsonObjects,
  learnedSecrets,
  newestSignature,
  OK,
  type SourceAnswer,
  secrets,
  tokenMatches,
} from '../../../core/sdk/source.ts'

const EVENTS = {
  '*': {
    description:
      'Every event of Asana. It says what changed, not how: fetch the rest from its API.',
    facts: {
      action: ['string', '`added`, `changed`, `removed`, `deleted` or `undeleted`', 'action'],
      resource: ['string', 'Id of what changed', 'resource.gid'],
      resource_type: ['string', '`task`, `story`, `project`, …', 'resource.resource_type'],
      subtype: ['string', '`default_task`, `comment_added`, …', 'resource.resource_subtype'],
      field: ['string', 'Field that changed', 'change.field'],
      parent: ['string', 'Id of the parent that it was added to or removed from', 'parent.gid'],
      parent_type: ['string', '`project`, `section`, `task`, …', 'parent.resource_type'],
      sender: ['string', 'Id of the user who did it', 'user.gid'],
      created_at: ['string', 'Time, in ISO 8601', 'created_at'],
    },
  },
  task: 'Activity on a task.',
  'task.added': 'A task was created, or added to a project.',
  'task.changed': 'A field of a task changed.',
  'task.deleted': 'A task was deleted.',
  story: 'A comment, or an entry of the history.',
  project: 'Activity on a project.',
  section: 'Activity on a section.',
} satisfies EventTable

const SECRET_HEADER = 'X-Hook-Secret'
const SCHEME = { header: 'X-Hook-Signature', algorithm: 'sha256', encoding: 'hex' } as const

/** Webhooks of Asana: one event per entry. Asana creates a secret for each webhook and sends it in the first request. */
export const asana = defineSource({
  name: 'asana',
  summary: 'Webhooks of Asana.',
  documentation: 'https://developers.asana.com/docs/webhooks-guide',
  setup:
    "Create a webhook with POST /webhooks of Asana's API. Its `target` is the URL with `?token=` and the handshake token at its end. Asana sends the secret itself.",
  generates: 'handshakeToken',
  options: z
    .object({
      secret: secrets().optional().describe('Secrets of existing webhooks.'),
      handshakeToken: secrets()
        .optional()
        .describe(
          'A text of your choice that admits new webhooks: append it to the URL that you give to Asana, as `?token=…`. Their secrets are kept in the data folder.',
        ),
    })
    .refine(({ secret, handshakeToken }) => secret !== undefined || handshakeToken !== undefined, {
      message: 'needs `secret`, `handshakeToken` or both: deliveries are never taken unverified',
    }),
  events: EVENTS,
  secretHeaders: [SECRET_HEADER],
  type: 'resource.resource_type',
  action: 'action',
  sample: (_, event) => ({ events: [event] }),
  // An empty list is a heartbeat. Asana sends no ids, but each entry contains its time.
  parse: (delivery) => {
    const entries = jsonObjects(delivery, 'events')
    const ids = contentIds(entries)
    return entries.map((payload, index) => ({ payload, id: ids[index] }))
  },
  create: ({ secret = [], handshakeToken }, context) => {
    const learned = learnedSecrets(context)
    const current = newestSignature(
      () => [...secret, ...learned.all()],
      (keys) => hmacSignature(SCHEME, { secrets: keys, clock: context.clock }),
    )
    return {
      verify: (delivery) =>
        current()?.verify(delivery) ?? { ok: false, reason: 'no webhook has told its secret yet' },
      sign: (draft) => current()?.sign(draft) ?? {},
      answer: (delivery) =>
        handshake(delivery, (told, token) => {
          if (handshakeToken === undefined) return 'new webhooks need the option handshakeToken'
          if (!tokenMatches(token, handshakeToken)) {
            return 'the URL has no `token` that is a handshakeToken'
          }
          learned.add(told)
          context.logger.info({ source: context.name }, 'a new webhook told its secret')
          return null
        }),
    }
  },
  acknowledge: () => OK,
})

/** `learn` gives a reason to refuse, or null. Asana wants the secret back. */
function handshake(
  { method, headers, query }: Delivery,
  learn: (told: string, token: string) => string | null,
): SourceAnswer {
  const told = headers[SECRET_HEADER.toLowerCase()]
  if (method !== 'POST' || told === undefined) return undefined
  if (!/^[\x21-\x7e]{16,200}$/.test(told)) {
    return { ok: false, reason: `header ${SECRET_HEADER} holds no secret` }
  }
  const reason = learn(told, query.get('token') ?? '')
  return reason === null
    ? { status: 200, headers: { [SECRET_HEADER]: told } }
    : { ok: false, reason }
}
