import { type Principal, ROLES, type Role } from '../contracts/access.ts'
import type { RuleApproval, RunningConfig } from '../contracts/config.ts'
import type { TaskRecord } from '../contracts/task.ts'

/** Without the rule that asked for it, nobody but an admin can say who may approve. */
const WITHOUT_RULE: RuleApproval = { by: ['admin'], timeoutMs: 0, link: false }

/** Who may approve a task, by the config in force. */
export function approvalOf(
  { rules }: Pick<RunningConfig, 'rules'>,
  { rule, step, program }: Pick<TaskRecord, 'rule' | 'step' | 'program'>,
): RuleApproval {
  const found = rules.find(({ id }) => id === rule)
  const own = step === 0 ? found : found?.steps[step - 1]
  return (own?.program === program ? own.approval : null) ?? WITHOUT_RULE
}

/** Whether the config has no rule any more that asks for the approval. */
export function isRuleGone(approval: RuleApproval): boolean {
  return approval === WITHOUT_RULE
}

/** Who may approve, in words, and what somebody else can do. */
export function whoMayDecide({ by }: RuleApproval): {
  readonly who: string
  readonly remedy: string
} {
  const names = by.filter((one) => !isRole(one)).map((name) => `'${name}'`)
  const role = ROLES.find((one) => by.includes(one))
  const tokens = `the ${names.length === 1 ? 'token' : 'tokens'} ${names.join(', ')}`
  const withRole = `the role '${role}'${role === ROLES.at(-1) ? '' : ' or a higher one'}`
  const token = `Use the token ${names.join(' or ')}`
  if (role === undefined) return { who: tokens, remedy: `${token}.` }
  if (names.length === 0) return { who: withRole, remedy: `Use a token with ${withRole}.` }
  return { who: `${tokens} and ${withRole}`, remedy: `${token}, or one with ${withRole}.` }
}

/** Whether a caller is among those who may approve: by the name of the token, or by a role or a higher one. */
export function mayDecide({ by }: RuleApproval, { name, role }: Principal): boolean {
  // A token may have the name of a role.
  return by.some((one) => (isRole(one) ? ROLES.indexOf(one) <= ROLES.indexOf(role) : one === name))
}

function isRole(one: string): one is Role {
  return (ROLES as readonly string[]).includes(one)
}
