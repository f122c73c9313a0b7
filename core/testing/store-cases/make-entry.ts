import assert from 'node:assert/strict'
import type { AuditEntry, NewAuditEntry } from '../../contracts/document.ts'
import type { BreakerUse } from '../../contracts/pause.ts'
import type { ClaimedProgram } from '../../contracts/policy.ts'
import type {
  AcceptEntry,
  Claim,
  ClaimRequest,
  DeliveryRecord,
  NewEvent,
  NewTask,
  Settlement,
  StoreInstance,
} from '../../contracts/store.ts'
import { createId } from '../../kit/id.ts'
import { auditHash } from '../../sdk/store/audit-hash.ts'
import type { StoreUnderTest } from './adapter.ts'

export const PROGRAM = 'deploy'
export const LEASE_SECONDS = 30

/** A delivery with made-up but plausible fields. */
export function makeDelivery(fields: Partial<DeliveryRecord> = {}): DeliveryRecord {
  const receivedAt = fields.receivedAt ?? Date.now()
  return {
    id: createId('dlv', receivedAt),
    source: 'github',
    receivedAt,
    method: 'POST',
    path: '/webhooks/github',
    headers: { 'content-type': 'application/json' },
    client: '192.0.2.1',
    body: Buffer.from('{"branch":"main"}'),
    outcome: 'accepted',
    reason: null,
    originalId: null,
    ...fields,
  }
}

export interface EventFields extends Partial<Omit<NewEvent, 'tasks'>> {
  /** One task for each. Default: one for `PROGRAM`. */
  readonly programs?: readonly string[]
  readonly dueAt?: number
  /** Default: no key, priority 0, replaces none. */
  readonly policy?: Partial<Pick<NewTask, 'policyKey' | 'priority' | 'replaces'>>
}

/** An event with a task for each of its programs. */
export function makeEvent({
  programs = [PROGRAM],
  dueAt = 0,
  policy = {},
  ...fields
}: EventFields = {}): NewEvent {
  const tasks = programs.map((program): NewTask => {
    const named = { id: createId('tsk'), rule: `rule-${program}`, program, dueAt }
    return { ...named, policyKey: null, priority: 0, replaces: 'none', ...policy }
  })
  return {
    id: createId('evt'),
    type: 'push',
    senderId: null,
    facts: { branch: 'main' },
    payload: null,
    decisions: tasks.map(({ id, rule, program }) => {
      return { rule, program, matched: true, taskId: id }
    }),
    tasks,
    ...fields,
  }
}

/** A delivery with one event. */
export function makeEntry(
  event: EventFields = {},
  delivery: Partial<DeliveryRecord> = {},
): AcceptEntry {
  return { delivery: makeDelivery(delivery), events: [makeEvent(event)] }
}

/** Accepts a delivery with one event and one task. Returns the task's id. */
export async function acceptTask(store: StoreInstance, event: EventFields = {}): Promise<string> {
  const receipt = await store.accept(makeEntry(event))
  return receipt.events[0]?.tasks[0]?.id ?? 'no task'
}

/** A program as claims name it. Default: without limits. */
export function limited(limits: Partial<ClaimedProgram> = {}, name = PROGRAM): ClaimedProgram {
  return { name, concurrency: null, rateLimit: null, ...limits }
}

interface ClaimFields extends Partial<Omit<ClaimRequest, 'programs'>> {
  /** A program given by name has no limits. Default: `PROGRAM`. */
  readonly programs?: readonly (string | ClaimedProgram)[]
}

/** Claims for one node. */
export function claim(
  store: StoreInstance,
  { programs = [PROGRAM], ...request }: ClaimFields = {},
): Promise<readonly Claim[]> {
  return store.claim({
    node: 'node-1',
    limit: 10,
    leaseSeconds: LEASE_SECONDS,
    programs: programs.map((program) =>
      typeof program === 'string' ? limited({}, program) : program,
    ),
    ...request,
  })
}

/** Claims the only task that is due. */
export async function claimOne(store: StoreInstance): Promise<Claim> {
  const [only, ...more] = await claim(store)
  if (only === undefined || more.length > 0) throw new Error('Not exactly one task was due.')
  return only
}

export function letLeaseRunOut(tested: StoreUnderTest): void | Promise<void> {
  return tested.advance(LEASE_SECONDS * 1000 + 1)
}

/** A settlement. Default: a success. */
export function makeSettlement(fields: Partial<Settlement> = {}): Settlement {
  return {
    state: 'succeeded',
    attempt: 'succeeded',
    exitCode: 0,
    reason: null,
    result: null,
    ...fields,
  }
}

/** What the end of a task means to its breaker. Default: a task that is no probe, of a breaker that opens after 3. */
export function makeBreaker(fields: Partial<BreakerUse> = {}): BreakerUse {
  return {
    program: PROGRAM,
    after: 3,
    probeMs: 60_000,
    isProbe: false,
    reason: '3 tasks dead in a row',
    event: null,
    ...fields,
  }
}

/** An audit entry with made-up but plausible fields. */
export function makeAudit(fields: Partial<NewAuditEntry> = {}): NewAuditEntry {
  return {
    at: Date.now(),
    actor: 'ci',
    action: 'config.program.put',
    target: 'deploy',
    outcome: 'done',
    detail: '{"changed":["timeoutSeconds"]}',
    client: '192.0.2.1',
    node: 'node-1',
    ...fields,
  }
}

/** Checks a whole audit log: numbers without gaps, and every hash computed again. */
export function assertChain(entries: readonly AuditEntry[]): void {
  let previous = ''
  for (const [index, entry] of entries.entries()) {
    assert.equal(entry.sequence, index + 1)
    assert.equal(entry.hash, auditHash(previous, entry.sequence, entry))
    previous = entry.hash
  }
}
