import { type Context, Hono } from 'hono'
import { z } from 'zod'
import { approvalDigest } from '../../approvals/digest.ts'
import { approvalOf, isRuleGone, mayDecide, whoMayDecide } from '../../approvals/rule-approval.ts'
import type { StoredEvent } from '../../contracts/store.ts'
import type { TaskRecord } from '../../contracts/task.ts'
import { HooklineError } from '../../errors/errors.ts'
import { tokenMatches } from '../../kit/constant-time.ts'
import { findEvent } from '../deliveries/find-delivery.ts'
import { checkBody, readJson } from '../http/json-body.ts'
import type { AppServices, HttpTypes } from '../services.ts'
import { findTask } from './find-task.ts'
import { approvalView } from './views.ts'

const MAX_BODY_BYTES = 4096

const digest = z
  .string()
  .regex(/^[0-9a-f]{64}$/, 'must be the digest that was shown')
  .describe('Stands for what was shown: `digest` of `GET /api/tasks/{id}/approval`.')
const reason = z.string().trim().min(1).max(500).nullish().describe('Why, for others to read.')

export const approveBody = z.strictObject({ digest })
export const rejectBody = z.strictObject({ digest, reason })

/** `/api/tasks/:id/approval`: what is to be approved and by whom, and the two answers to that. */
export function approvalRoutes(services: AppServices): Hono<HttpTypes> {
  const { config } = services
  const routes = new Hono<HttpTypes>()

  routes.get('/:id/approval', async (context) => {
    const { task, event, digest } = await shownOf(services, context.req.param('id'))
    const rule = approvalOf(config(), task)
    const { id, source, type, facts } = event
    return context.json({
      task: task.id,
      approval: approvalView(task.approval),
      by: rule.by,
      ruleGone: isRuleGone(rule),
      mayDecide: mayDecide(rule, context.get('principal')),
      program: task.program,
      rule: task.rule,
      event: { id, delivery: task.deliveryId, source, type, facts },
      digest,
    })
  })

  const decide = async (
    context: Context<HttpTypes>,
    state: 'approved' | 'rejected',
    { digest, reason = null }: z.output<typeof rejectBody>,
  ) => {
    const shown = await shownOf(services, context.req.param('id') ?? '')
    const { task } = shown
    checkMay(context, services, task)
    if (task.approval?.state !== 'pending') throw notPending(task)
    if (!tokenMatches(digest, [shown.digest])) {
      throw new HooklineError('approval_changed', `The digest is not that of task ${task.id}`)
    }
    return context.json(await decideTask(context, services, shown, { state, reason }))
  }

  routes.post('/:id/approve', async (context) =>
    decide(context, 'approved', checkBody(approveBody, await readJson(context, MAX_BODY_BYTES))),
  )
  routes.post('/:id/reject', async (context) =>
    decide(context, 'rejected', checkBody(rejectBody, await readJson(context, MAX_BODY_BYTES))),
  )
  return routes
}

/** What is to be approved. */
export interface Approvable {
  readonly task: TaskRecord
  readonly event: StoredEvent
  readonly digest: string
}

/** Throws `task_unknown` or `event_unknown`. */
export async function shownOf(services: AppServices, id: string): Promise<Approvable> {
  const task = await findTask(services, id)
  const event = await findEvent(services, task.deliveryId, task.eventId)
  return { task, event, digest: approvalDigest(task, event) }
}

interface Answer {
  readonly state: 'approved' | 'rejected'
  /** Why, as the caller gave it. */
  readonly reason: string | null
}

/** Ends the wait of a task in the name of the caller, with an entry in the audit log. Throws `approval_not_pending` if it has ended. */
export async function decideTask(
  context: Context<HttpTypes>,
  services: AppServices,
  { task, digest }: Approvable,
  { state, reason }: Answer,
) {
  const { store, audit, ownEvents, redactor } = services
  const { id } = task
  const by = context.get('principal').name
  const said = reason === null ? '' : `: ${redactor.text(reason)}`
  const decision = {
    ...{ state, by },
    reason: state === 'approved' ? null : `rejected by ${by}${said}`,
  }
  const action = state === 'approved' ? 'task.approve' : 'task.reject'
  const entry = audit.entry(context, { action, target: id, detail: { digest, reason } })
  const decided = await audit.around(entry, async () => {
    const done = await store.decide(id, decision, ownEvents.approvalEnded(task, decision))
    if (done === null) throw notPending(await findTask(services, id))
    return done
  })
  return { task: id, state: decided.state, approval: approvalView(decided.approval) }
}

function checkMay(
  context: Context<HttpTypes>,
  { config }: Pick<AppServices, 'config'>,
  task: TaskRecord,
): void {
  const rule = approvalOf(config(), task)
  const principal = context.get('principal')
  if (mayDecide(rule, principal)) return
  const { name, role } = principal
  const { who, remedy } = whoMayDecide(rule)
  const gone = isRuleGone(rule) ? `. ${ruleGoneText(task)}` : ''
  throw new HooklineError(
    'forbidden',
    `Task ${task.id} can be approved by ${who}, not by '${name}' with the role '${role}'${gone}`,
    { remedy },
  )
}

/** Why only an admin may decide. */
export function ruleGoneText({ rule }: Pick<TaskRecord, 'rule'>): string {
  return `The config has no rule '${rule}' that asks for an approval any more`
}

/** Why there is nothing to decide. */
export function notPending({ id, state, approval }: TaskRecord): HooklineError {
  const by = approval?.by === null ? '' : ` by ${approval?.by}`
  const what =
    approval === null
      ? 'needs no approval'
      : approval.state === 'pending'
        ? 'has waited for longer than it may'
        : `its approval is ${approval.state}${by}`
  return new HooklineError('approval_not_pending', `Task ${id} is ${state}: ${what}`)
}
