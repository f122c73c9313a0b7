import { z } from 'zod'
import {
  catalogOf,
  type Delivery,
  defineSource,
  HooklineError,
  hmacSignature,
  isEventType,
  isJsonType,
  mediaType,
  type ParsedEvent,
  parseJson,
  payloads,
  readFacts,
  secrets,
  valueAt,
  withAction,
} from '../../../core/index.ts'
import { GITHUB_EVENTS } from './events.ts'
import { GENERAL_FACTS } from './facts.ts'
import type { GithubPayloads } from './payloads.ts'

export type { GithubPayloads } from './payloads.ts'

const SIGNATURE = {
  header: 'X-Hub-Signature-256',
  algorithm: 'sha256',
  encoding: 'hex',
  prefix: 'sha256=',
} as const

/** Webhooks of GitHub repositories, organizations and apps, as JSON or as a form. */
export const github = defineSource({
  name: 'github',
  summary: 'Webhooks of GitHub repositories, organizations and apps.',
  documentation: 'https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries',
  options: z.object({
    secret: secrets().describe('The secret of the webhook; several while it is being changed.'),
  }),
  events: catalogOf(GITHUB_EVENTS),
  payloads: payloads<GithubPayloads>(),
  create: ({ secret }, { clock }) => {
    const signature = hmacSignature(SIGNATURE, { secrets: secret, clock })
    return {
      verify: signature.verify,
      parse: (delivery) => [parseGithub(delivery)],
      sign: (draft) => ({
        'x-github-event': eventName(draft.event),
        'x-github-delivery': draft.id,
        ...signature.sign(draft),
      }),
    }
  },
})

function parseGithub(delivery: Delivery): ParsedEvent {
  const name = delivery.headers['x-github-event']
  if (name === undefined || !isEventType(name)) {
    const fault = name === undefined ? 'is missing' : 'is not the name of an event'
    throw new HooklineError('delivery_unparsable', `Header X-GitHub-Event ${fault}.`)
  }
  const payload = readPayload(delivery)
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload)) {
    throw new HooklineError('delivery_unparsable', 'The payload is not a JSON object.')
  }
  return {
    type: withAction(name, valueAt(payload, 'action')),
    id: delivery.headers['x-github-delivery'] ?? null,
    facts: {
      event_name: name,
      ...readFacts(GENERAL_FACTS, payload),
      ...readFacts(GITHUB_EVENTS[name]?.facts ?? {}, payload),
    },
    payload,
  }
}

function readPayload(delivery: Delivery): unknown {
  const type = mediaType(delivery.headers['content-type'])
  if (isJsonType(type)) return delivery.json()
  if (type !== 'application/x-www-form-urlencoded') {
    throw new HooklineError(
      'content_type_unsupported',
      'GitHub sends application/json or application/x-www-form-urlencoded.',
    )
  }
  const payload = new URLSearchParams(delivery.text()).get('payload')
  if (payload === null) {
    throw new HooklineError('delivery_unparsable', 'The form has no field `payload`.')
  }
  return parseJson(payload)
}

function eventName(type: string): string {
  return type.split('.', 1)[0] ?? type
}
