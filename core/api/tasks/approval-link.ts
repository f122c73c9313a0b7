import { type Context, Hono } from 'hono'
import { z } from 'zod'
import { readLinkToken } from '../../approvals/link-token.ts'
import { approvalOf, isRuleGone, whoMayDecide } from '../../approvals/rule-approval.ts'
import { HooklineError } from '../../errors/errors.ts'
import { tokenMatches } from '../../kit/constant-time.ts'
import type { KeyKeeper } from '../../sealing/key-keeper.ts'
import { attemptOf } from '../access/guard/require-role.ts'
import { checkBody, readJson } from '../http/json-body.ts'
import { isoTime } from '../iso-time.ts'
import type { AppServices, HttpTypes } from '../services.ts'
import { type Approvable, decideTask, notPending, ruleGoneText, shownOf } from './approval.ts'

const MAX_BODY_BYTES = 4096
/** Who decided, for the task and the audit log. No token can have this name: it has a space. */
const SIGNED_LINK = 'signed link'

const proof = {
  task: z.string().min(1).max(100),
  token: z.string().min(1).max(200).describe('What follows the task in the link.'),
}
export const linkBody = z.strictObject(proof)
export const linkDecisionBody = z.strictObject({
  ...proof,
  decision: z.enum(['approved', 'rejected']),
})

/** `/api/approval-links`: what a signed link lets its holder decide, and the decision. The link is the proof, so it comes in a body, which no log has. */
export function approvalLinkRoutes(
  services: AppServices,
  keeper: Pick<KeyKeeper, 'linkKeys'>,
): Hono<HttpTypes> {
  const { access, config } = services
  const routes = new Hono<HttpTypes>()

  const proven = async (
    context: Context<HttpTypes>,
    { task: id, token }: z.output<typeof linkBody>,
  ): Promise<Approvable> => {
    const link = readLinkToken(keeper.linkKeys(), id, token)
    if (link === null) {
      access.proofFailed(attemptOf(context, services))
      const message = 'The link was not made here, or not for this task'
      throw new HooklineError('approval_link_unknown', message)
    }
    const shown = await shownOf(services, id)
    const { task, digest } = shown
    if (!tokenMatches(link.digest, [digest])) {
      throw new HooklineError('approval_changed', `Task ${id} has waited again since the link`)
    }
    const { state } = task.approval ?? {}
    if (state === 'expired' || (state === 'pending' && link.until <= Date.now())) {
      throw new HooklineError('approval_link_expired', `Nobody approved task ${id} in time`)
    }
    if (state !== 'pending') throw notPending(task)
    const approval = approvalOf(config(), task)
    if (isRuleGone(approval)) throw new HooklineError('approval_rule_gone', ruleGoneText(task))
    if (!approval.link) {
      const message = `The rule '${task.rule}' takes no links any more. Its tasks can be approved by ${whoMayDecide(approval).who}`
      throw new HooklineError('approval_link_off', message)
    }
    return shown
  }

  routes.post('/show', async (context) => {
    const given = checkBody(linkBody, await readJson(context, MAX_BODY_BYTES))
    const { task, event } = await proven(context, given)
    const { source, type, facts } = event
    return context.json({
      task: task.id,
      program: task.program,
      rule: task.rule,
      by: approvalOf(config(), task).by,
      until: isoTime(task.approval?.until ?? 0),
      event: { source, type, facts },
    })
  })

  routes.post('/decide', async (context) => {
    const given = checkBody(linkDecisionBody, await readJson(context, MAX_BODY_BYTES))
    const shown = await proven(context, given)
    context.set('principal', { name: SIGNED_LINK, role: 'viewer', via: 'token' })
    return context.json(
      await decideTask(context, services, shown, { state: given.decision, reason: null }),
    )
  })
  return routes
}
