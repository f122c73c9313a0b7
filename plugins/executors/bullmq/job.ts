import {
  compileJsonTemplate,
  compileMessage,
  compileTemplate,
  HooklineError,
  type ProgramRun,
  parseExact,
  type ValueSource,
  valuesOf,
} from '../../../core/sdk/executor.ts'
import type { BullmqOptions } from './options.ts'
import type { NewJob } from './session.ts'

/** Compiles what a run adds to the queue. Throws `option_invalid`; the result throws `param_missing` or `expression_failed`. */
export function compileJob(options: BullmqOptions): (run: ProgramRun) => NewJob {
  const { delaySeconds = 0, priority, lifo, removeOnComplete, removeOnFail } = options
  const name = compileTemplate(options.jobName, { path: 'jobName' })
  const data = compileData(options.data)
  const fixed = {
    // Retries are Hookline's. BullMQ runs a job once, and again only if its worker was lost.
    attempts: 1,
    ...(delaySeconds > 0 && { delay: Math.ceil(delaySeconds * 1000) }),
    ...(priority !== undefined && { priority }),
    ...(lifo && { lifo }),
    removeOnComplete,
    removeOnFail,
  }
  return (run) => {
    const source = valuesOf(run)
    return {
      name: name.fill(source),
      data: data(run, source),
      options: { ...fixed, jobId: run.idempotencyKey },
    }
  }
}

function compileData(
  template: BullmqOptions['data'],
): (run: ProgramRun, source: ValueSource) => unknown {
  if (template === undefined) {
    const options = {
      body: 'payload',
      headers: {},
      cloudEvents: 'structured',
      attributes: {},
    } as const
    const message = compileMessage(options)
    return (run, source) => parseExact(message(run, source).body)
  }
  const { fill } = compileJsonTemplate(template, { path: 'data' })
  return (_run, source) => {
    const data = fill(source)
    if (data !== undefined) return data
    throw new HooklineError('expression_failed', '`data` gives nothing that is JSON.')
  }
}
