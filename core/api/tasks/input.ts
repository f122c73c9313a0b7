import type { ProgramSettings, RunningProgram } from '../../contracts/config.ts'
import type { EventRequest } from '../../contracts/event.ts'
import type { StoredEvent } from '../../contracts/store.ts'
import type { TaskRecord } from '../../contracts/task.ts'
import { isHooklineError } from '../../errors/errors.ts'
import { readStoredEvent } from '../../matching/stored-event.ts'
import { LINK_EVENT } from '../../own-events/catalog.ts'
import { REDACTED } from '../../redaction/redacted.ts'
import type { Redactor } from '../../redaction/redactor.ts'
import { findText } from '../../sdk/events/event-value.ts'
import { buildEnv } from '../../work/program-input.ts'
import { buildArgs, buildVariables } from '../../work/program-values.ts'
import { isoTime } from '../iso-time.ts'

const MAX_ARGUMENT_LENGTH = 10_000

export interface TaskInputOptions {
  readonly task: TaskRecord
  readonly event: StoredEvent
  /** The request of the event; null: the program does not name it. */
  readonly request: EventRequest | null
  /** Null: the config has none of this name any more. */
  readonly program: RunningProgram | null
  readonly redactor: Pick<Redactor, 'text'>
  /** Whether values of the payload may be shown. */
  readonly showsPayload: boolean
}

export type TaskInputView = ReturnType<typeof taskInputView>

/** What a run of a task would get by the config in force, without secrets and without the values of variables. */
export function taskInputView(options: TaskInputOptions) {
  const { task, event, program, redactor } = options
  const { env, leftOut } = buildEnv({ task, event }, null)
  const { id, source, type, senderId, receivedAt, facts } = event
  const description = program?.description ?? null
  return {
    task: task.id,
    program: task.program,
    executor: program?.definition.name ?? null,
    command: description?.command.map((item) => redactor.text(item)) ?? null,
    arguments: program === null ? [] : argumentViews(options, program.settings),
    variables: [
      ...Object.keys(env),
      ...Object.keys(program?.settings.variables ?? {}),
      ...(description?.variables ?? []),
    ],
    environment: environmentOf(options, env),
    leftOut,
    event: {
      id,
      source,
      type,
      senderId,
      receivedAt: isoTime(receivedAt),
      facts,
    },
  }
}

/** Ids, names and facts are for everybody. What a program's `variables` read may be of the payload. */
function environmentOf(
  { task, event, request, program, redactor, showsPayload }: TaskInputOptions,
  own: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const values: (readonly [string, string])[] = Object.entries(own)
  if (program !== null && showsPayload) {
    try {
      values.push(
        ...buildVariables(
          readStoredEvent(event, request, task.previous, hiddenLink(event)),
          program.settings.variables,
        ).texts,
      )
    } catch (error) {
      // The arguments say why a run fails before it starts.
      if (!isHooklineError(error)) throw error
    }
  }
  return Object.fromEntries(values.map(([name, value]) => [name, redactor.text(value)]))
}

/** Stands for the link that a run would get, which is for whoever it is sent to. */
function hiddenLink({ source, type }: StoredEvent): string | null {
  return `${source}.${type}` === LINK_EVENT ? REDACTED : null
}

interface ArgumentView {
  readonly param: string
  /** Null: it comes from the payload, which the caller may not see, or there is none. */
  readonly value: string | null
  readonly hidden: boolean
  /** Why a run fails before it starts. */
  readonly error: { readonly code: string; readonly message: string } | null
}

/** The arguments that follow the command. An error is one for which a run would fail before it starts. */
function argumentViews(
  { task, event: stored, request, redactor, showsPayload }: TaskInputOptions,
  { params, allowLeadingDash }: ProgramSettings,
): readonly ArgumentView[] {
  const values = readStoredEvent(stored, request, task.previous, hiddenLink(stored))
  return params.map((param) => {
    const { name, value: fixed } = param
    if (fixed !== undefined) return { param: name, value: fixed, hidden: false, error: null }
    try {
      const { args, files } = buildArgs(values, { params: [param], allowLeadingDash })
      const [text = ''] = files.length > 0 ? ['(file)'] : args
      const isOpen =
        showsPayload || Object.hasOwn(stored.facts, name) || findText(values, name) === null
      const value = isOpen ? redactor.text(text.slice(0, MAX_ARGUMENT_LENGTH)) : null
      return { param: name, value, hidden: !isOpen, error: null }
    } catch (error) {
      if (!isHooklineError(error)) throw error
      const { code, message } = error
      return { param: name, value: null, hidden: false, error: { code, message } }
    }
  })
}
