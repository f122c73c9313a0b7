import { compileTemplate, type Template } from '../../conditions/template.ts'
import type { RuleAnswer, TemplateAnswer } from '../../contracts/answer-mode.ts'
import type { RunningConfig } from '../../contracts/config.ts'
import type { AcceptReceipt } from '../../contracts/store.ts'

/** A response of a rule, with its template compiled. */
export interface CompiledAnswer {
  readonly status: number | undefined
  readonly headers: Readonly<Record<string, string>>
  /** Null: the answer says nothing about the body. */
  readonly body: Template | null
}

/** What a rule answers: its program's output as it is written, or a response. */
export type AnswerOfRule =
  | 'stream'
  | (CompiledAnswer &
      Pick<RuleAnswer, 'output' | 'exitCodes'> & {
        readonly waitMs: number | null
        readonly failed: CompiledAnswer
        /** Null: the usual answer. */
        readonly late: CompiledAnswer | null
      })

/** The task whose rule answers the sender, and how. */
export interface Answering {
  readonly taskId: string
  readonly answer: AnswerOfRule
}

interface Entry {
  readonly position: number
  readonly answer: AnswerOfRule
}

const rulesOf = new WeakMap<RunningConfig, ReadonlyMap<string, Entry>>()

/** Whether any rule may answer senders itself. */
export function hasAnsweringRules(config: RunningConfig): boolean {
  return (rulesOf.get(config) ?? compileRules(config)).size > 0
}

/** The task whose rule answers, if one does. Among several, that of the first rule in the config. */
export function findAnswering(config: RunningConfig, receipt: AcceptReceipt): Answering | null {
  const rules = rulesOf.get(config) ?? compileRules(config)
  if (rules.size === 0) return null
  let first: (Answering & Entry) | null = null
  for (const { id: taskId, rule } of receipt.events.flatMap((event) => event.tasks)) {
    const found = rules.get(rule)
    if (found === undefined || (first !== null && first.position <= found.position)) continue
    first = { taskId, ...found }
  }
  return first
}

function compileRules(config: RunningConfig): ReadonlyMap<string, Entry> {
  const rules = new Map<string, Entry>()
  for (const [position, { id, answer }] of config.rules.entries()) {
    if (answer === 'accepted') continue
    rules.set(id, { position, answer: answer === 'stream' ? answer : compileRule(answer) })
  }
  rulesOf.set(config, rules)
  return rules
}

function compileRule(answer: RuleAnswer): Exclude<AnswerOfRule, 'stream'> {
  const { wait, output, exitCodes, failed = {}, late } = answer
  return {
    ...compileAnswer(answer),
    ...{ output, exitCodes },
    waitMs: wait === undefined ? null : wait * 1000,
    failed: compileAnswer(failed),
    late: late === undefined ? null : compileAnswer(late),
  }
}

function compileAnswer({ status, headers = {}, body }: TemplateAnswer): CompiledAnswer {
  // The loader has compiled it before, so it is valid.
  const template = body === undefined ? null : compileTemplate(body, { path: 'answer.body' })
  return { status, headers, body: template }
}
