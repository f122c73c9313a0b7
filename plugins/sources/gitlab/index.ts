import { z } from 'zod'
import {
  allOf,
  catalogOf,
  type Delivery,
  defineSource,
  HooklineError,
  headerToken,
  hmacSignature,
  isEventType,
  isJsonType,
  mediaType,
  type ParsedEvent,
  readFacts,
  STANDARD_WEBHOOKS,
  secrets,
  valueAt,
  withAction,
} from '../../../core/index.ts'
import { GENERAL_FACTS, GITLAB_EVENTS } from './facts.ts'

const TOKEN_HEADER = 'X-Gitlab-Token'

/** Webhooks of GitLab projects and groups, and system hooks. Of the two secrets, each that is set is checked. */
export const gitlab = defineSource({
  name: 'gitlab',
  summary: 'Webhooks of GitLab projects and groups, and system hooks.',
  documentation: 'https://docs.gitlab.com/user/project/integrations/webhooks/',
  options: z
    .object({
      signingToken: secrets()
        .optional()
        .describe('The signing token of the webhook, `whsec_…`: it protects the body too.'),
      token: secrets()
        .optional()
        .describe('The secret token of the webhook: it is sent as it is, and protects no body.'),
    })
    .refine(({ signingToken, token }) => signingToken !== undefined || token !== undefined, {
      message: 'needs `signingToken`, `token` or both: deliveries are never taken unverified',
    }),
  events: catalogOf(GITLAB_EVENTS),
  secretHeaders: [TOKEN_HEADER],
  create: ({ signingToken, token }, { clock }) => {
    const ways = allOf([
      ...(signingToken ? [hmacSignature(STANDARD_WEBHOOKS, { secrets: signingToken, clock })] : []),
      ...(token ? [headerToken({ header: TOKEN_HEADER, secrets: token })] : []),
    ])
    // Both carry the same id; where the body is signed, only `webhook-id` is.
    const idHeader = signingToken ? 'webhook-id' : 'idempotency-key'
    return {
      verify: ways.verify,
      parse: (delivery) => [parseGitlab(delivery, idHeader)],
      sign: (draft) => ({
        'x-gitlab-event': headerName(draft.event),
        'idempotency-key': draft.id,
        ...ways.sign(draft),
      }),
    }
  },
})

function parseGitlab(delivery: Delivery, idHeader: string): ParsedEvent {
  if (!isJsonType(mediaType(delivery.headers['content-type']))) {
    throw new HooklineError('content_type_unsupported', 'GitLab sends application/json.')
  }
  const payload = delivery.json()
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload)) {
    throw new HooklineError('delivery_unparsable', 'The payload is not a JSON object.')
  }
  const name = eventName(delivery.headers['x-gitlab-event'], payload)
  const action = valueAt(payload, 'object_attributes.action') ?? valueAt(payload, 'action')
  return {
    type: withAction(name, action),
    id: delivery.headers[idHeader] ?? null,
    facts: {
      event_name: name,
      action: typeof action === 'string' ? action : null,
      ...readFacts(GENERAL_FACTS, payload),
      ...readFacts(GITLAB_EVENTS[name]?.facts ?? {}, payload),
    },
    payload,
  }
}

/** `Merge Request Hook` is `merge_request`. A system hook says in its payload what it is about. */
function eventName(header: string | undefined, payload: unknown): string {
  if (header === undefined) {
    throw new HooklineError('delivery_unparsable', 'Header X-Gitlab-Event is missing.')
  }
  const name =
    header === 'System Hook'
      ? (valueAt(payload, 'event_name') ?? valueAt(payload, 'object_kind'))
      : header
          .replace(/ Hook$/, '')
          .replaceAll(' ', '_')
          .toLowerCase()
  if (typeof name !== 'string' || !isEventType(name)) {
    throw new HooklineError('delivery_unparsable', 'Header X-Gitlab-Event names no event.')
  }
  return name
}

/** The reverse: `merge_request.open` is `Merge Request Hook`. */
function headerName(event: string): string {
  if (event.endsWith(' Hook')) return event
  const words = (event.split('.', 1)[0] ?? event).split('_')
  return `${words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join(' ')} Hook`
}
