import type { RuleStep, RunningConfig, RunningProgram, RunningRule } from '../contracts/config.ts'
import type { WebhookEvent } from '../contracts/event.ts'
import type { Claim, NextTask } from '../contracts/store.ts'
import type { PreviousStep, TaskRecord } from '../contracts/task.ts'
import { isHooklineError } from '../errors/errors.ts'
import { namesApprovalLink, namesRequest } from './event-request.ts'
import { judgeChanges } from './judge-changes.ts'
import { planTask } from './plan-events.ts'
import { evaluationFault } from './rule-index.ts'

const rulesOf = new WeakMap<readonly RunningRule[], ReadonlyMap<string, RunningRule>>()

type StepOf = Pick<TaskRecord, 'rule' | 'program' | 'step'>

/** The program of a task, with the params that its step gives it. Undefined: the config has none of this name. */
export function programOf(
  { programs, rules }: Pick<RunningConfig, 'programs' | 'rules'>,
  task: StepOf,
): RunningProgram | undefined {
  const program = programs.get(task.program)
  const params = stepOf(rules, task)?.params ?? null
  if (program === undefined || params === null) return program
  const { settings } = program
  const readsRequest = settings.readsRequest || namesRequest(params)
  const readsApprovalLink = settings.readsApprovalLink || namesApprovalLink(params)
  return { ...program, settings: { ...settings, params, readsRequest, readsApprovalLink } }
}

/** What is checked before a claimed task is run. */
export function checksBefore(config: RunningConfig, claim: Claim, clock: () => number) {
  return {
    missing: missingStep(config, claim.task),
    judge: (signal: AbortSignal) => judgeChanges(config, claim, clock(), signal),
  }
}

/** Why a step cannot be run: by this config, nobody knows what it is to be given. Null: it can. */
function missingStep({ rules }: Pick<RunningConfig, 'rules'>, task: StepOf): string | null {
  if (task.step === 0 || stepOf(rules, task) !== null) return null
  return `the rule \`${task.rule}\` has no \`${task.program}\` as its step ${task.step}`
}

function stepOf(rules: readonly RunningRule[], { rule, program, step }: StepOf): RuleStep | null {
  if (step === 0) return null
  const found = rulesWithSteps(rules).get(rule)?.steps[step - 1]
  return found?.program === program ? found : null
}

/** What may follow a task that succeeds. */
export interface StepsAfter {
  /** The step of the task, from 1; 0: it is that of the rule's `run`. */
  readonly step: number
  readonly steps: readonly RuleStep[]
  /** Whether a condition of them names the request of the event. */
  readonly readsRequest: boolean
}

/** The steps after a task by the config in force; null: there are none. */
export function stepsAfter(
  { rules }: Pick<RunningConfig, 'rules'>,
  task: StepOf,
): StepsAfter | null {
  const rule = rulesWithSteps(rules).get(task.rule)
  const { step } = task
  const own = step === 0 ? rule : rule?.steps[step - 1]
  // The steps of a rule may have been changed meanwhile: then nobody can say which is the next.
  if (rule === undefined || own?.program !== task.program) return null
  const steps = rule.steps.slice(step)
  const conditions = steps.map(({ condition }) => condition?.text ?? '')
  return steps.length === 0 ? null : { step, steps, readsRequest: conditions.some(namesRequest) }
}

export interface NextStep {
  /** Null: the condition of no further step is true. */
  readonly task: NextTask | null
  /** Why steps are passed over, or why there is no next one. Null: the next step is the very next one. */
  readonly note: string | null
}

export interface EndedStep {
  /** With `previous`. */
  readonly event: WebhookEvent
  readonly previous: PreviousStep
  /** The result of `previous` as JSON text. */
  readonly result: string | null
  readonly now: number
}

/** The task of the first step whose condition is true. A condition that cannot be evaluated ends the rule. */
export function nextStep({ step, steps }: StepsAfter, ended: EndedStep): NextStep {
  const { event, result, now } = ended
  const { program, exitCode } = ended.previous
  const passed: string[] = []
  for (const [index, next] of steps.entries()) {
    const { outcome, why } = judge(next, event)
    if (outcome === 'true') {
      const { task } = planTask(event, next, { now })
      const previous = { program, exitCode, result }
      return { task: { ...task, step: step + index + 1, previous }, note: noteOf(passed) }
    }
    passed.push(`\`${next.program}\` is not run: ${why}`)
    if (outcome === 'error') break
  }
  return { task: null, note: noteOf(passed) }
}

interface Judged {
  readonly outcome: 'true' | 'false' | 'error'
  readonly why: string
}

function judge({ condition }: RuleStep, event: WebhookEvent): Judged {
  try {
    const holds = condition === null || condition.evaluate(event)
    return holds
      ? { outcome: 'true', why: '' }
      : { outcome: 'false', why: 'its condition is false' }
  } catch (error) {
    // As a task of the rule itself: see `judgeChanges`.
    if (isHooklineError(error) && error.code === 'changes_unknown') {
      return { outcome: 'true', why: '' }
    }
    const code = isHooklineError(error) ? `${error.code}: ` : ''
    return { outcome: 'error', why: code + evaluationFault(error) }
  }
}

function noteOf(passed: readonly string[]): string | null {
  return passed.length === 0 ? null : passed.join('; ')
}

function rulesWithSteps(rules: readonly RunningRule[]): ReadonlyMap<string, RunningRule> {
  const known = rulesOf.get(rules)
  if (known !== undefined) return known
  const found = new Map(
    rules.filter(({ steps }) => steps.length > 0).map((rule) => [rule.id, rule]),
  )
  rulesOf.set(rules, found)
  return found
}
