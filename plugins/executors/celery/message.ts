import {
  compileJsonTemplate,
  HooklineError,
  type ProgramRun,
  valuesOf,
} from '../../../core/sdk/executor.ts'
import type { CeleryOptions } from './options.ts'

/** Makes the JSON text that the helper's `publish` is given. Throws `param_missing` or `expression_failed`. */
export type TaskMaker = (run: ProgramRun) => string

/** Compiles the task of a program. Throws `option_invalid`. */
export function compileTask(options: CeleryOptions, clock: () => number): TaskMaker {
  const { task, queue, priority, serializer, expiresSeconds = Number.POSITIVE_INFINITY } = options
  const args = compileOption(options.args, 'args')
  const kwargs = compileOption(options.kwargs, 'kwargs')
  const sendsEvent = options.args === undefined && options.kwargs === undefined
  return (run) => {
    const source = valuesOf(run)
    const limitSeconds = Math.min(run.timeoutSeconds, expiresSeconds)
    const traceparent = run.env['TRACEPARENT']
    const fields = {
      id: run.idempotencyKey,
      ...{ task, queue, priority, serializer },
      limitSeconds: run.timeoutSeconds,
      expiresAt: clock() / 1000 + limitSeconds,
      mustExpire: options.expiresSeconds !== undefined,
      ...(traceparent !== undefined && { headers: { traceparent } }),
      args: args === null ? run.args : args.fill(source),
      ...(!sendsEvent && { kwargs: kwargs?.fill(source) ?? {} }),
    }
    const text = toJson(fields)
    // The event is inserted as text, so that its numbers keep all their digits.
    return sendsEvent ? `${text.slice(0, -1)},"kwargs":{"event":${run.stdin}}}` : text
  }
}

function compileOption(value: unknown, path: string) {
  return value === undefined ? null : compileJsonTemplate(value, { path })
}

// What an expression gives may be no JSON: a number that is not finite, for example.
function toJson(fields: object): string {
  try {
    return JSON.stringify(fields)
  } catch {
    throw new HooklineError('expression_failed', '`args` or `kwargs` give what is not JSON.')
  }
}
