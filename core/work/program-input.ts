import type { ProgramSettings } from '../contracts/config.ts'
import type { EventRequest } from '../contracts/event.ts'
import type { ProgramRun } from '../contracts/executor.ts'
import type { Claim } from '../contracts/store.ts'
import type { TaskRecord } from '../contracts/task.ts'
import { ownGetters } from '../matching/own-getters.ts'
import { readStoredEvent } from '../matching/stored-event.ts'
import { buildArgs, buildVariables } from './program-values.ts'

const MAX_VALUE_BYTES = 32 * 1024
const MAX_FACTS_BYTES = 256 * 1024
const NO_ROOM = 'beyond 256 KiB of facts'
const MAX_NAMED = 10
/** Senders may choose fact names, but most of them recur. */
const MAX_KNOWN_NAMES = 1000
const MAX_KNOWN_LENGTH = 100

// By fact: computing the name would take longer than everything else here.
const knownNames = new Map<string, string | null>()

export type ProgramInput = Pick<ProgramRun, 'event' | 'args' | 'env' | 'stdin' | 'files'>

export interface InputOptions {
  readonly traceparent: string | null
  /** The request that brought the event; null: the program does not need it. */
  readonly request: EventRequest | null
  /** The link that approves the task of the event; null: the program does not need it, or there is none. */
  readonly approvalLink: string | null
}

/** What a program gets, and the variables that it does not get because no environment could hold them. */
export interface BuiltInput {
  readonly input: ProgramInput
  readonly leftOut: readonly LeftOut[]
}

export interface LeftOut {
  readonly variable: string
  readonly why: string
}

type InputSettings = Pick<ProgramSettings, 'params' | 'allowLeadingDash' | 'variables'>

/** Everything that a program gets of its event. `request` is null if it names none. Throws `param_missing`, `param_refused` or `delivery_unparsable`. */
export function buildProgramInput(
  claim: Claim,
  settings: InputSettings,
  { traceparent, request, approvalLink }: InputOptions,
): BuiltInput {
  const { previous } = claim.task
  const source = readStoredEvent(claim.event, request, previous, approvalLink)
  const { env, leftOut } = buildEnv(claim, traceparent)
  const { args, files } = buildArgs(source, settings)
  const variables = buildVariables(source, settings.variables)
  for (const [variable, value] of variables.texts) {
    const why = whyNot(value)
    if (why === null) env[variable] = value
    else leftOut.push({ variable, why })
  }
  const all = [...files, ...variables.files]
  const values = { event: source.event, args, env, ...(all.length > 0 && { files: all }) }
  const stdin = () => eventJson(claim.event, source.payload, previous)
  return { input: new Input(values, stdin), leftOut }
}

/**
 * The text of the standard input is as long as the payload, and executors need it only to start a program. So it is made
 * when it is read: kept until the program ends, it would outlive the new objects that are cheap to collect.
 */
class Input implements ProgramInput {
  readonly event: ProgramInput['event']
  readonly args: ProgramInput['args']
  readonly env: ProgramInput['env']
  declare readonly files?: NonNullable<ProgramInput['files']>
  readonly #stdin: () => string

  constructor({ event, args, env, files }: Omit<ProgramInput, 'stdin'>, stdin: () => string) {
    this.event = event
    this.args = args
    this.env = env
    if (files !== undefined) this.files = files
    this.#stdin = stdin
    Object.defineProperties(this, INPUT_GETTERS)
  }

  get stdin(): string {
    return this.#stdin()
  }
}

const INPUT_GETTERS = ownGetters(Input.prototype)

/** A line for the output of a run that says which variables were left out. Null: none were. */
export function noteOfLeftOut(leftOut: readonly LeftOut[]): string | null {
  if (leftOut.length === 0) return null
  const named = leftOut.slice(0, MAX_NAMED).map(({ variable, why }) => `${variable} (${why})`)
  const more = leftOut.length > MAX_NAMED ? ` and ${leftOut.length - MAX_NAMED} more` : ''
  return (
    `[hookline] Not set as variables: ${named.join(', ')}${more}. ` +
    'The program can read the values from the event on standard input.\n'
  )
}

/** The payload is inserted as text: parsing it would change large numbers and the order of keys. */
function eventJson(
  stored: Claim['event'],
  payload: string,
  previous: TaskRecord['previous'],
): string {
  const head = JSON.stringify({
    id: stored.id,
    source: stored.source,
    type: stored.type,
    senderId: stored.senderId,
    deliveryId: stored.deliveryId,
    receivedAt: new Date(stored.receivedAt).toISOString(),
    facts: stored.facts,
    ...(previous && { previous }),
  })
  return `${head.slice(0, -1)},"payload":${payload}}`
}

/**
 * The `WEBHOOK_*` variables of a run: ids and names, of a step of `then` how the one before it ended, and each fact in upper snake case (`headSha` is
 * `WEBHOOK_HEAD_SHA`). Values that are null are not set. Left out are values that contain a NUL character or exceed 32 KiB,
 * and facts beyond 256 KiB in total. `TRACEPARENT` is added if there is one.
 */
export function buildEnv(
  claim: Pick<Claim, 'task' | 'event'>,
  traceparent: string | null,
): { readonly env: Record<string, string>; readonly leftOut: LeftOut[] } {
  const { task, event } = claim
  const own: Readonly<Record<string, string | null>> = {
    WEBHOOK_SOURCE: event.source,
    WEBHOOK_EVENT: `${event.source}.${event.type}`,
    WEBHOOK_EVENT_TYPE: event.type,
    WEBHOOK_EVENT_ID: event.id,
    WEBHOOK_SENDER_ID: event.senderId,
    WEBHOOK_DELIVERY_ID: event.deliveryId,
    WEBHOOK_TASK_ID: task.id,
    WEBHOOK_ATTEMPT: String(task.attempts + task.lostAttempts),
    WEBHOOK_RULE: task.rule,
    WEBHOOK_PROGRAM: task.program,
    ...previousVariables(task),
  }
  const env: Record<string, string> = traceparent === null ? {} : { TRACEPARENT: traceparent }
  const leftOut: LeftOut[] = []
  const set = (variable: string, value: string, room: number) => {
    const why =
      whyNot(value) ?? (variable.length + Buffer.byteLength(value) > room ? NO_ROOM : null)
    if (why === null) env[variable] = value
    else leftOut.push({ variable, why })
    return why === null
  }
  for (const [name, value] of Object.entries(own)) {
    if (value !== null) set(name, value, Number.POSITIVE_INFINITY)
  }
  let room = MAX_FACTS_BYTES
  for (const [fact, value] of Object.entries(event.facts)) {
    const name = knownName(fact)
    // No fact may take one of our names, even an unset one: programs rely on them.
    if (name === null || value === null || Object.hasOwn(own, name) || Object.hasOwn(env, name))
      continue
    const text = String(value)
    if (set(name, text, room)) room -= name.length + Buffer.byteLength(text)
  }
  return { env, leftOut }
}

/** Of a step of `then`: how the step before it ended. */
function previousVariables({ previous }: TaskRecord): Readonly<Record<string, string | null>> {
  if (previous === null) return {}
  const { task, program, exitCode, result } = previous
  return {
    WEBHOOK_PREVIOUS_TASK: task,
    WEBHOOK_PREVIOUS_PROGRAM: program,
    WEBHOOK_PREVIOUS_EXIT_CODE: exitCode === null ? null : String(exitCode),
    WEBHOOK_PREVIOUS_RESULT: result === null ? null : asText(result),
  }
}

function asText(result: unknown): string {
  return typeof result === 'string' ? result : JSON.stringify(result)
}

function knownName(fact: string): string | null {
  const known = knownNames.get(fact)
  if (known !== undefined) return known
  const name = variableName(fact)
  if (knownNames.size >= MAX_KNOWN_NAMES) knownNames.clear()
  if (fact.length <= MAX_KNOWN_LENGTH) knownNames.set(fact, name)
  return name
}

/** Null if no character of the fact's name may be used in a variable's name. */
function variableName(fact: string): string | null {
  const words = fact
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replaceAll(/[^A-Za-z0-9]+/g, '_')
    .replaceAll(/^_+|_+$/g, '')
  return words === '' ? null : `WEBHOOK_${words.toUpperCase()}`
}

function whyNot(value: string): string | null {
  if (Buffer.byteLength(value) > MAX_VALUE_BYTES) return 'over 32 KiB'
  return value.includes('\0') ? 'with a NUL character' : null
}
