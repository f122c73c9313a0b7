import type { Context } from 'hono'
import { z } from 'zod'
import { compileCondition } from '../../conditions/condition.ts'
import { ruleSchema } from '../../config/schema/config.ts'
import type { Condition, RunningConfig, RunningRule } from '../../contracts/config.ts'
import { HooklineError } from '../../errors/errors.ts'
import { suggestion } from '../../kit/nearest-name.ts'
import { OWN_SOURCE } from '../../own-events/catalog.ts'
import { type Backtest, backtest, type TriedEvent } from '../../trial/backtest.ts'
import { type ConditionFault, faultOf } from '../../trial/evaluate.ts'
import { namesOf } from '../../trial/event-catalog.ts'
import { checkBody, readJson } from '../http/json-body.ts'
import { isoTime } from '../iso-time.ts'
import type { AppServices, HttpTypes } from '../services.ts'

const MAX_BODY_BYTES = 256 * 1024
const MAX_LAST = 1000

const { name, on, run, answer } = ruleSchema.shape

/** What else a rule may have: a draft is taken as it is written. */
const then = z.unknown().optional().describe('Does not decide what a rule matches.')
const rest = { then, approval: then, expect: then, report: then }

/** The body of `POST /api/config/rules/backtest`. */
export const backtestBody = z.strictObject({
  rule: z
    .strictObject({
      ...{ name, on, when: z.string().min(1).optional(), run: run.optional(), answer },
      ...rest,
    })
    .describe('A draft. It is compared with the rule in force of its name, if there is one.'),
  last: z
    .int()
    .min(1)
    .max(MAX_LAST)
    .default(100)
    .describe('How many events to try: the newest that the draft or the rule in force is on.'),
})

type Draft = z.output<typeof backtestBody>['rule']

interface DraftFault extends ConditionFault {
  /** JSON pointer into the body. */
  readonly pointer: string
}

/** Answers `POST /api/config/rules/backtest`. */
export async function answerBacktest(
  context: Context<HttpTypes>,
  { config, store, trials }: AppServices,
): Promise<Response> {
  const { rule, last } = checkBody(backtestBody, await readJson(context, MAX_BODY_BYTES))
  const inForce = rule.name === undefined ? null : findRule(config(), rule.name)
  const against = inForce === null ? null : (rule.name ?? null)
  const checked = checkDraft(rule, config())
  if (checked.fault !== null) {
    return context.json(answerOf({ fault: checked.fault, against, result: NOTHING_TRIED }))
  }
  const { condition } = checked
  const draft = { on: rule.on, condition }
  const result = await trials.run(() => backtest({ store, draft, inForce, last }))
  return context.json(answerOf({ fault: null, against, result }))
}

const NOTHING_TRIED: Backtest = {
  partial: false,
  deliveries: 0,
  events: 0,
  since: null,
  until: null,
  counts: { gained: 0, lost: 0, same: 0, neither: 0, errors: 0 },
  gained: [],
  lost: [],
  same: [],
  errors: [],
}

interface Outcome {
  readonly fault: DraftFault | null
  readonly against: string | null
  readonly result: Backtest
}

function answerOf({ fault, against, result }: Outcome) {
  const { partial, deliveries, events, since, until, counts, ...lists } = result
  return {
    valid: fault === null,
    faults: fault === null ? [] : [fault],
    against,
    partial,
    tried: { deliveries, events, since: isoTime(since), until: isoTime(until) },
    counts,
    gained: lists.gained.map(eventView),
    lost: lists.lost.map(eventView),
    same: lists.same.map(eventView),
    errors: lists.errors.map(eventView),
  }
}

/** The rule in force of a name. One that runs several programs is several rules, which match alike. */
function findRule({ rules, written }: RunningConfig, wanted: string): RunningRule | null {
  const known = written.rules.find((rule) => rule.name === wanted)
  if (known === undefined) return null
  const [first = ''] = [known.run].flat()
  return rules.find(({ id }) => id === wanted || id === `${wanted}:${first}`) ?? null
}

type Checked =
  | { readonly fault: null; readonly condition: Condition | null }
  | { readonly fault: DraftFault }

/** What a change of the config would refuse as well. The rest of a rule does not decide what it matches. */
function checkDraft({ on, when }: Draft, config: RunningConfig): Checked {
  const [source = ''] = on.split('.')
  if (source !== OWN_SOURCE && !config.sources.has(source)) {
    const near = suggestion(source, config.sources.keys()).trim()
    const error = new HooklineError(
      'rule_source_unknown',
      `there is no source \`${source}\``,
      near === '' ? {} : { remedy: near },
    )
    return { fault: { pointer: '/rule/on', ...faultOf(error) } }
  }
  if (when === undefined) return { fault: null, condition: null }
  try {
    return { fault: null, condition: compileCondition(when, namesOf(on, config)) }
  } catch (error) {
    return { fault: { pointer: '/rule/when', ...faultOf(error) } }
  }
}

function eventView<Tried extends TriedEvent>(tried: Tried) {
  return { ...tried, receivedAt: isoTime(tried.receivedAt) }
}

/** The answer of a backtest. */
export type BacktestAnswer = ReturnType<typeof answerOf>
