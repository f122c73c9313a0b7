import { z } from 'zod'
import {
  catalogOf,
  checkTimestamp,
  type Delivery,
  defineSource,
  type EventTable,
  eventsWith,
  type FactTable,
  fact,
  firstOf,
  isHooklineError,
  isJsonObject,
  secrets,
  signedSource,
  type Verdict,
  valueAt,
} from '../../core/index.ts'

// Linear's own library has this limit.
const TOLERANCE_SECONDS = 60

const ISSUE_FACTS: FactTable = {
  identifier: fact('string', '`ENG-7`', firstOf('data.identifier', 'data.issue.identifier')),
  title: fact('string', 'Title', firstOf('data.title', 'data.issue.title')),
  state: fact('string', 'Name of its state', 'data.state.name'),
  team: fact('string', 'Key of the team', firstOf('data.team.key', 'data.issue.team.key')),
  priority: fact('number', '0 none, 1 urgent, … 4 low', 'data.priority'),
  assignee: fact('string', 'Name of who it is assigned to', 'data.assignee.name'),
  comment: fact('string', 'Text of the comment, where it is about one', 'data.body'),
}

const EVENTS: EventTable = {
  '*': {
    description: 'Every event of Linear.',
    facts: {
      action: fact('string', '`create`, `update`, `remove`, …', 'action'),
      object_id: fact('string', 'Id of what it is about', 'data.id'),
      sender: fact('string', 'Name of who caused it', 'actor.name'),
      organization: fact('string', 'Id of the workspace', 'organizationId'),
      url: fact('string', 'Page of what it is about', 'url'),
      created_at: fact('string', 'When, in ISO 8601', 'createdAt'),
    },
  },
  ...eventsWith(ISSUE_FACTS, {
    Issue: 'An issue was made, changed or removed.',
    Comment: 'A comment was made, changed or removed.',
  }),
  ...eventsWith(
    { name: fact('string', 'Name', 'data.name') },
    {
      Project: 'A project was made, changed or removed.',
      Cycle: 'A cycle was made, changed or removed.',
      IssueLabel: 'A label was made, changed or removed.',
    },
  ),
  ...eventsWith(
    {},
    { Reaction: 'A reaction.', ProjectUpdate: 'An update of a project.', IssueSLA: 'A deadline.' },
  ),
}

const createSigned = signedSource({
  signature: { header: 'Linear-Signature', algorithm: 'sha256', encoding: 'hex' },
  events: EVENTS,
  type: { path: 'type' },
  action: { path: 'action' },
  id: { header: 'Linear-Delivery' },
})

/** Webhooks of Linear: `linear.Issue.create`. */
export const linear = defineSource({
  name: 'linear',
  summary: 'Webhooks of Linear workspaces.',
  documentation: 'https://linear.app/developers/webhooks#securing-webhooks',
  options: z.object({ secret: secrets().describe('Signing secret of the webhook.') }),
  events: catalogOf(EVENTS),
  create: ({ secret }, { clock }) => {
    const signed = createSigned({ secret }, { clock })
    return {
      ...signed,
      verify: (delivery) => {
        const verdict = signed.verify(delivery)
        return verdict.ok ? checkBodyTime(delivery, clock()) : verdict
      },
      seal: (draft) => ({ ...draft, body: withTime(draft.body, draft.sentAt) }),
    }
  },
})

/** The signed body itself says when it was sent, in milliseconds. */
function checkBodyTime(delivery: Delivery, now: number): Verdict {
  let time: unknown
  try {
    time = valueAt(delivery.json(), 'webhookTimestamp')
  } catch (error) {
    if (!isHooklineError(error)) throw error
  }
  if (typeof time !== 'number') {
    return { ok: false, reason: 'the body has no number webhookTimestamp' }
  }
  const value = String(time)
  return checkTimestamp({ value, unit: 'ms', toleranceSeconds: TOLERANCE_SECONDS, now })
}

function withTime(body: Uint8Array, sentAt: Date): Uint8Array {
  let payload: unknown
  try {
    payload = JSON.parse(Buffer.from(body).toString())
  } catch {
    return body
  }
  if (!isJsonObject(payload)) return body
  return Buffer.from(JSON.stringify({ ...payload, webhookTimestamp: sentAt.getTime() }))
}
