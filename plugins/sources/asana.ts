import { z } from 'zod'
import {
  type Authenticity,
  bodyId,
  catalogOf,
  type Delivery,
  defineSource,
  type EventTable,
  eventsWith,
  fact,
  factsOf,
  HooklineError,
  hmacSignature,
  isEventType,
  isJsonObject,
  jsonObject,
  learnedSecrets,
  OK,
  type ParsedEvent,
  type PluginContext,
  type SourceAnswer,
  secrets,
  tokenMatches,
} from '../../core/index.ts'

const EVENTS: EventTable = {
  '*': {
    description:
      'Every event of Asana. It says what changed, not how: fetch the rest from its API.',
    facts: {
      action: fact('string', '`added`, `changed`, `removed`, `deleted` or `undeleted`', 'action'),
      resource: fact('string', 'Id of what changed', 'resource.gid'),
      resource_type: fact('string', '`task`, `story`, `project`, …', 'resource.resource_type'),
      subtype: fact('string', '`default_task`, `comment_added`, …', 'resource.resource_subtype'),
      field: fact('string', 'Field that changed', 'change.field'),
      parent: fact('string', 'Id of what it was added to or removed from', 'parent.gid'),
      parent_type: fact('string', '`project`, `section`, `task`, …', 'parent.resource_type'),
      sender: fact('string', 'Id of the user who did it', 'user.gid'),
      created_at: fact('string', 'When, in ISO 8601', 'created_at'),
    },
  },
  ...eventsWith(
    {},
    {
      task: 'Something about a task.',
      'task.added': 'A task was made, or added to a project.',
      'task.changed': 'A field of a task changed.',
      'task.deleted': 'A task was deleted.',
      story: 'A comment, or an entry of the history.',
      project: 'Something about a project.',
      section: 'Something about a section.',
    },
  ),
}

const SECRET_HEADER = 'X-Hook-Secret'
const SCHEME = { header: 'X-Hook-Signature', algorithm: 'sha256', encoding: 'hex' } as const

/** Webhooks of Asana: one event per entry. Asana makes a secret for each webhook, and tells it in the first request. */
export const asana = defineSource({
  name: 'asana',
  summary: 'Webhooks of Asana.',
  documentation: 'https://developers.asana.com/docs/webhooks-guide',
  options: z
    .object({
      secret: secrets().optional().describe('Secrets of webhooks that are there already.'),
      handshakeToken: secrets()
        .optional()
        .describe(
          'A text of your choice that lets new webhooks in: give Asana the URL with `?token=` and it. Their secrets are kept in the data folder.',
        ),
    })
    .refine(({ secret, handshakeToken }) => secret !== undefined || handshakeToken !== undefined, {
      message: 'needs `secret`, `handshakeToken` or both: deliveries are never taken unverified',
    }),
  events: catalogOf(EVENTS),
  secretHeaders: [SECRET_HEADER],
  create: ({ secret = [], handshakeToken }, context) => {
    const learned = learnedSecrets(context)
    const current = newestSignature(() => [...secret, ...learned.all()], context)
    return {
      verify: (delivery) =>
        current()?.verify(delivery) ?? { ok: false, reason: 'no webhook has told its secret yet' },
      sign: (draft) => current()?.sign(draft) ?? {},
      parse,
      acknowledge: () => OK,
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
})

/** Keys are made once per set of secrets, not for each delivery. */
function newestSignature(
  read: () => readonly string[],
  { clock }: PluginContext,
): () => Authenticity | null {
  let known: readonly string[] = []
  let signature: Authenticity | null = null
  return () => {
    const secretsInUse = read()
    if (secretsInUse.join('\n') !== known.join('\n')) {
      known = secretsInUse
      signature = hmacSignature(SCHEME, { secrets: secretsInUse, clock })
    }
    return signature
  }
}

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

/** An empty list is a heartbeat. */
function parse(delivery: Delivery): readonly ParsedEvent[] {
  const { events } = jsonObject(delivery)
  if (!Array.isArray(events) || !events.every(isJsonObject)) {
    throw new HooklineError('delivery_unparsable', 'The payload has no list `events` of objects.')
  }
  return events.map((payload, index) => {
    const facts = factsOf(EVENTS, { type: '*', payload })
    const type = `${facts['resource_type']}.${facts['action']}`
    if (!isEventType(type)) {
      throw new HooklineError('delivery_unparsable', 'An entry has no name of an event.')
    }
    // Each entry holds its time, and Asana sends no id.
    return { type, payload, facts, id: `${bodyId(delivery.body)}:${index}` }
  })
}
