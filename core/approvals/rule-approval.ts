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
  const names = by.filter((one) => !isRole(one))
  const people = names.filter(isPerson).map((name) => `'${name}'`)
  const tokens = names.filter((name) => !isPerson(name)).map((name) => `'${name}'`)
  const role = ROLES.find((one) => by.includes(one))
  const withRole = `the role '${role}'${role === ROLES.at(-1) ? '' : ' or a higher one'}`
  const hasTokens = tokens.length > 0
  const who = [
    hasTokens && `the ${tokens.length === 1 ? 'token' : 'tokens'} ${tokens.join(', ')}`,
    people.length > 0 && people.join(', '),
    role !== undefined && withRole,
  ]
  const ways = [
    people.length > 0 && `sign in as ${people.join(' or ')}`,
    hasTokens && `use the token ${tokens.join(' or ')}`,
    role !== undefined && `${hasTokens ? 'one' : 'use a token'} with ${withRole}`,
  ]
  const remedy = ways.filter((way) => way !== false).join(', or ')
  return {
    who: who.filter((part) => part !== false).join(' and '),
    remedy: `${remedy.charAt(0).toUpperCase()}${remedy.slice(1)}.`,
  }
}

/** Whether a name is that of somebody who signs in, not of a token. */
function isPerson(name: string): boolean {
  return name.startsWith('oidc:')
}

/** Whether a caller is among those who may approve: by the name of the token, or by a role or a higher one. */
export function mayDecide({ by }: RuleApproval, { name, role }: Principal): boolean {
  // A token may have the name of a role.
  return by.some((one) => (isRole(one) ? ROLES.indexOf(one) <= ROLES.indexOf(role) : one === name))
}

function isRole(one: string): one is Role {
  return (ROLES as readonly string[]).includes(one)
}
