import {
  compileJsonTemplate,
  compileMessage,
  compileTemplate,
  type ProgramRun,
  parseExact,
  valuesOf,
} from '../../../core/sdk/executor.ts'
import type { TemporalOptions } from './options.ts'

/** A workflow to be started. */
export interface NewWorkflow {
  readonly id: string
  readonly type: string
  readonly taskQueue: string
  readonly args: readonly unknown[]
  /** Temporal ends it then by itself. */
  readonly timeoutSeconds: number
}

/** Compiles what a run starts. Throws `option_invalid`; the result throws `param_missing` or `expression_failed`. */
export function compileWorkflow(options: TemporalOptions): (run: ProgramRun) => NewWorkflow {
  const type = compileTemplate(options.workflow, { path: 'workflow' })
  const taskQueue = compileTemplate(options.taskQueue, { path: 'taskQueue' })
  const args = compileArgs(options.args)
  const { workflowIdPrefix, terminateAfterSeconds } = options
  return (run) => {
    const source = valuesOf(run)
    return {
      id: `${workflowIdPrefix}${run.idempotencyKey}`,
      type: type.fill(source),
      taskQueue: taskQueue.fill(source),
      args: args(run),
      timeoutSeconds: run.timeoutSeconds + terminateAfterSeconds,
    }
  }
}

function compileArgs(given: TemporalOptions['args']): (run: ProgramRun) => readonly unknown[] {
  if (given === undefined) {
    const structured = { body: 'payload', headers: {}, cloudEvents: 'structured', attributes: {} }
    const message = compileMessage(structured as Parameters<typeof compileMessage>[0])
    return (run) => [parseExact(message(run).body)]
  }
  const templates = given.map((value, index) =>
    compileJsonTemplate(value, { path: `args[${index}]` }),
  )
  return (run) => {
    const source = valuesOf(run)
    return templates.map(({ fill }) => fill(source) ?? null)
  }
}
