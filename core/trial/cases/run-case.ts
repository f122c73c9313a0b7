import { isHooklineError } from '../../errors/errors.ts'
import { withRemedy } from '../../errors/with-remedy.ts'
import type { RuleExplanation } from '../explain-event.ts'
import { sourceOf } from '../test-delivery.ts'
import type { CaseFile, DeliveryCase } from './case-file.ts'
import type { CaseNode } from './case-node.ts'
import { differences } from './differences.ts'
import { signedCase } from './signed-case.ts'

/** Of a delivery that the API explains: what a case can expect of it. */
export interface CaseDelivery {
  readonly outcome: string
  readonly reason: string | null
  readonly events: readonly {
    readonly type: string
    readonly senderId: string | null
    readonly facts: Readonly<Record<string, unknown>>
    readonly rules: readonly RuleExplanation[] | null
    readonly tasks: readonly { readonly id: string; readonly step: number }[]
  }[]
}

/** Of a task of the API. */
interface CaseTask {
  readonly program: string
  readonly rule: string
  readonly delivery: string
  readonly step: number
  readonly state: string
  readonly exitCode: number | null
  readonly result: unknown
  readonly next: string | null
  readonly approval: { readonly state: string } | null
}

/** Of the input of a task of the API. */
interface CaseInput {
  readonly environment: Readonly<Record<string, string>>
  readonly arguments: readonly {
    readonly value: string | null
    readonly error: { readonly code: string } | null
  }[]
}

/** What became of a case. */
export interface CaseResult extends Pick<CaseFile, 'file' | 'name'> {
  readonly state: 'passed' | 'failed' | 'skipped'
  /** What differs, or why it was skipped. */
  readonly lines: readonly string[]
  readonly seconds: number
  /** Whether another case may be the cause: the delivery is a duplicate, or too many have come. */
  readonly isCrossed: boolean
  /** Null: nothing was recorded. */
  readonly delivery: CaseDelivery | null
}

/** Sends the delivery of a case, and compares what became of it. */
export async function runCase(
  { file, name, case: given }: CaseFile,
  node: CaseNode,
): Promise<CaseResult> {
  const started = performance.now()
  const judged = await outcomeOf(given, node).then(judge, judgeError)
  return { file, name, ...judged, seconds: (performance.now() - started) / 1000 }
}

type Judged = Omit<CaseResult, 'file' | 'name' | 'seconds'>

function judge({ expected, actual, delivery }: Awaited<ReturnType<typeof outcomeOf>>): Judged {
  const lines = differences(expected, actual)
  const isCrossed = actual.outcome === 'duplicate' || actual.status === 429
  return { state: lines.length === 0 ? 'passed' : 'failed', lines, isCrossed, delivery }
}

function judgeError(error: unknown): Judged {
  if (!isHooklineError(error)) throw error
  const isSkipped = error.code === 'source_cannot_sign'
  const why = isSkipped ? 'only its sender can sign for this source' : withRemedy(error)
  return { state: isSkipped ? 'skipped' : 'failed', lines: [why], isCrossed: false, delivery: null }
}

async function outcomeOf(given: DeliveryCase, node: CaseNode) {
  const { expect } = given
  const response = await send(given, node)
  const text = await response.text()
  const id = await deliveryId(response, text, node)
  const delivery =
    id === null
      ? null
      : await node.get<CaseDelivery>(`/api/deliveries/${encodeURIComponent(id)}/explain`)
  const tasks = delivery?.events.flatMap((event) => event.tasks) ?? []
  const outcomes: TaskOutcome[] = []
  if (expect.tasks !== undefined) {
    for (const task of tasks.filter(({ step }) => step === 0)) {
      for (let id: string | null = task.id; id !== null; ) {
        const { next, ...outcome } = await taskOutcome(id, node)
        outcomes.push(outcome)
        id = next
      }
    }
  }
  const withoutRun = ({
    state: _,
    exitCode: __,
    result: ___,
    output: ____,
    ...task
  }: TaskExpectation) => task
  return {
    delivery,
    expected: {
      ...expect,
      tasks: node.output
        ? expect.tasks?.map(withOutput(outcomes))
        : expect.tasks?.filter(({ step }) => step === 0).map(withoutRun),
    },
    actual: {
      // A duplicate is answered with the delivery that it repeats.
      outcome: isDuplicate(text) ? 'duplicate' : delivery?.outcome,
      reason: delivery?.reason,
      status: response.status,
      headers: Object.fromEntries(response.headers),
      body: typeof expect.body === 'string' ? text : jsonOf(text),
      events: delivery?.events.map(({ type, senderId, facts, rules }) => ({
        ...{ type, senderId, facts },
        rules: Object.fromEntries(
          rules?.map(({ rule, decision }) => [rule, decision?.matched]) ?? [],
        ),
      })),
      tasks: outcomes,
    },
  }
}

type TaskExpectation = NonNullable<DeliveryCase['expect']['tasks']>[number]
type TaskOutcome = Omit<Awaited<ReturnType<typeof taskOutcome>>, 'next'>

/** Of the output, a part is expected: where the whole has it, the whole is taken for it. */
function withOutput(outcomes: readonly TaskOutcome[]) {
  return (task: TaskExpectation, index: number): TaskExpectation => {
    const whole = outcomes[index]?.output
    const isThere = task.output !== undefined && whole?.includes(task.output)
    return isThere ? { ...task, output: whole } : task
  }
}

async function taskOutcome(id: string, node: CaseNode) {
  const path = `/api/tasks/${encodeURIComponent(id)}`
  const { approval } = await node.get<CaseTask>(path)
  // Nobody is there to approve it.
  const output = approval?.state === 'pending' ? '' : ((await node.output?.(id)) ?? '')
  const [task, input] = await Promise.all([
    node.get<CaseTask>(path),
    node.get<CaseInput>(`${path}/input`),
  ])
  const { program, rule, step, state, exitCode, result, next } = task
  const { environment } = input
  const values = input.arguments.map(({ value, error }) => error?.code ?? value)
  return {
    program,
    rule,
    step,
    next,
    state,
    exitCode,
    result,
    arguments: values,
    environment,
    output,
  }
}

async function send(given: DeliveryCase, { config, send }: CaseNode): Promise<Response> {
  const { source: name, method, times } = given.delivery
  const { publicUrl } = config.settings
  const signed = signedCase(sourceOf(config, name), given, publicUrl)
  const init = {
    method,
    headers: signed.headers,
    ...(method === 'GET' || method === 'HEAD' ? {} : { body: new Uint8Array(signed.body) }),
  }
  const once = () => send(signed.url.slice(publicUrl.length), init)
  for (let sent = 1; sent < times; sent++) await (await once()).body?.cancel()
  return once()
}

async function deliveryId(
  { headers }: Response,
  text: string,
  node: CaseNode,
): Promise<string | null> {
  const task = headers.get('x-hookline-task')
  if (task !== null) {
    const { delivery } = await node.get<CaseTask>(`/api/tasks/${encodeURIComponent(task)}`)
    return delivery
  }
  const { delivery } = (jsonOf(text) ?? {}) as { readonly delivery?: unknown }
  return headers.get('hookline-delivery') ?? (typeof delivery === 'string' ? delivery : null)
}

function isDuplicate(text: string): boolean {
  const { duplicate } = (jsonOf(text) ?? {}) as { readonly duplicate?: unknown }
  return duplicate === true
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
