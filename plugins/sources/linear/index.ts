import { z } from 'zod'
import {
  checkTimestamp,
  type Delivery,
  defineSource,
  type EventTable,
  eventsWith,
  type FactTable,
  type HmacScheme,
  hmacSignature,
  objectIn,
  secrets,
  type Verdict,
} from '../../../core/sdk/source.ts'

// Linear's own library has this limit.
const TOLERANCE_SECONDS = 60

const ISSUE_FACTS: FactTable = {
  identifier: [
    'string',
    '`ENG-7`',
    'data.identifier',
    'data.issue.identifier',
    'issueData.identifier',
  ],
  title: ['string', 'Title', 'data.title', 'data.issue.title', 'issueData.title'],
  state: ['string', 'Name of its state', 'data.state.name', 'issueData.state.name'],
  team: ['string', 'Key of the team', 'data.team.key', 'data.issue.team.key', 'issueData.team.key'],
  priority: ['number', '0 none, 1 urgent, … 4 low', 'data.priority', 'issueData.priority'],
  assignee: ['string', 'Name of the assignee', 'data.assignee.name', 'issueData.assignee.name'],
  comment: ['string', 'Text of the comment, where it is about one', 'data.body'],
}

const EVENTS = {
  '*': {
    description: 'Every event of Linear.',
    facts: {
      action: ['string', '`create`, `update`, `remove`, …', 'action'],
      object_id: [
        'string',
        'Id of the object that the event is about',
        'data.id',
        'issueData.id',
        'notification.id',
        'agentSession.id',
        'oauthClientId',
      ],
      sender: [
        'string',
        'Name of the user who caused it',
        'actor.name',
        'notification.actor.name',
        'agentSession.creator.name',
      ],
      organization: ['string', 'Id of the workspace', 'organizationId'],
      url: ['string', 'URL of that object', 'url', 'issueData.url', 'agentSession.url'],
      created_at: ['string', 'Time, in ISO 8601', 'createdAt'],
    },
  },
  ...eventsWith(ISSUE_FACTS, {
    Issue: 'An issue was created, changed or removed.',
    IssueSLA: 'The deadline of an issue was set, is near, or was missed.',
    Comment: 'A comment was created, changed or removed.',
  }),
  ...eventsWith(
    { name: ['string', 'Name', 'data.name'] },
    {
      Project: 'A project was created, changed or removed.',
      Cycle: 'A cycle was created, changed or removed.',
      IssueLabel: 'A label was created, changed or removed.',
    },
  ),
  Reaction: 'A reaction.',
  ProjectUpdate: 'An update of a project.',
} satisfies EventTable

const SIGNATURE: HmacScheme = {
  header: 'Linear-Signature',
  algorithm: 'sha256',
  encoding: 'hex',
}

/** Webhooks of Linear: `linear.Issue.create`. */
export const linear = defineSource({
  name: 'linear',
  summary: 'Webhooks of Linear workspaces.',
  documentation: 'https://linear.app/developers/webhooks#securing-webhooks',
  setup:
    'Under Settings > API > Webhooks > New webhook, enter the URL. Give its signing secret to Hookline.',
  options: z.object({ secret: secrets().describe('Signing secret of the webhook.') }),
  events: EVENTS,
  signature: ({ secret }, { clock }) => {
    const { verify, sign } = hmacSignature(SIGNATURE, { secrets: secret, clock })
    return {
      verify: (delivery) => {
        const verdict = verify(delivery)
        return verdict.ok ? checkBodyTime(delivery, clock()) : verdict
      },
      sign,
      embedProof: (draft) => ({ ...draft, body: withTime(draft.body, draft.sentAt) }),
    }
  },
  // The time in the body is read after its signature has matched.
  maxUnverifiedBytes: Number.POSITIVE_INFINITY,
  type: 'type',
  action: 'action',
  id: { header: 'Linear-Delivery' },
})

/** The signed body itself says when it was sent, in milliseconds. */
function checkBodyTime(delivery: Delivery, now: number): Verdict {
  const time = objectIn(delivery)?.['webhookTimestamp']
  if (typeof time !== 'number') {
    return { ok: false, reason: 'the body has no number webhookTimestamp' }
  }
  const value = String(time)
  return checkTimestamp({ value, unit: 'ms', toleranceSeconds: TOLERANCE_SECONDS, now })
}

function withTime(body: Uint8Array, sentAt: Date): Uint8Array {
  const payload = objectIn(body)
  if (payload === null) return body
  return Buffer.from(JSON.stringify({ ...payload, webhookTimestamp: sentAt.getTime() }))
}
