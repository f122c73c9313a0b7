import { temporal } from 'hookline/executors'
import type { ExecutorInstance, HandedOverRun } from 'hookline/sdk/executor'
import { type MadeRun, makeContext, makeRun } from 'hookline/testing'
import { expect } from 'vitest'
import type { TemporalServer } from './server.ts'

export const never: AbortSignal = new AbortController().signal
const executors: ExecutorInstance[] = []

/** Closes what `create` made. */
export async function closeAll(): Promise<void> {
  for (const executor of executors.splice(0)) await executor.close?.()
}

export function create({ address }: TemporalServer, more: object): ExecutorInstance {
  const { definition } = temporal
  const given = { address, workflow: 'deploy', taskQueue: 'deploys', ...more }
  const executor = definition.create(definition.options.strict().parse(given), makeContext())
  executors.push(executor)
  return executor
}

export function followed({ run }: MadeRun): HandedOverRun {
  const { taskId, idempotencyKey: ref, write } = run
  return { taskId, ref, handedOverAt: Date.now(), write }
}

/** Hands a run over, and returns what follows it. */
export async function handOver(
  server: TemporalServer,
  executor: ExecutorInstance,
  made: MadeRun = makeRun(),
) {
  const { idempotencyKey: ref } = made.run
  expect(await executor.run(made.run)).toEqual({ status: 'handed-over', ref, pollSeconds: 5 })
  const runs = [followed(made)]
  return {
    id: ref,
    look: async () => (await executor.follow?.(runs, never))?.[0],
    cancel: async () => executor.cancel?.(runs, never),
    workflow: () => server.workflows.get(ref),
    stderr: () => `${made.output().stderr}`,
  }
}
