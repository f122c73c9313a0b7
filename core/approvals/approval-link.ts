import type { RunningConfig } from '../contracts/config.ts'
import type { Claim, StoreInstance } from '../contracts/store.ts'
import { LINK_EVENT } from '../own-events/catalog.ts'
import type { Redactor } from '../redaction/redactor.ts'
import type { KeyKeeper } from '../sealing/key-keeper.ts'
import { approvalDigest } from './digest.ts'
import { makeLinkToken } from './link-token.ts'
import { approvalOf } from './rule-approval.ts'
import { waitKey } from './wait-key.ts'

export interface ApprovalLinkOptions {
  readonly config: () => RunningConfig
  readonly store: Pick<StoreInstance, 'task' | 'events'>
  readonly keeper: Pick<KeyKeeper, 'linkKeys'>
  readonly redactor: Pick<Redactor, 'add'>
}

/**
 * Makes the link that approves the task of an event, for a program that runs on it: it is stored nowhere, and redacted in
 * what the program writes. Null: the event does not ask for this approval, such as one that a person made up for a run by
 * hand, the rule takes no links, or there is no dashboard.
 */
export async function approvalLink(
  { config, store, keeper, redactor }: ApprovalLinkOptions,
  { source, type, senderId, facts }: Pick<Claim['event'], 'source' | 'type' | 'senderId' | 'facts'>,
): Promise<string | null> {
  const { configPublicUrl, port, dashboard } = config().settings
  if (!dashboard || `${source}.${type}` !== LINK_EVENT) return null
  const task = await store.task(String(facts['task']))
  if (task?.approval == null || !approvalOf(config(), task).link) return null
  const { until } = task.approval
  if (senderId !== waitKey(task.id, until)) return null
  const events = await store.events(task.deliveryId)
  const event = events.find(({ id }) => id === task.eventId)
  const [key] = keeper.linkKeys()
  if (event === undefined || key === undefined) return null
  const token = makeLinkToken(key, task.id, { digest: approvalDigest(task, event), until })
  redactor.add([token])
  return `${configPublicUrl ?? `http://localhost:${port}`}/approve/${task.id}/${token}`
}
