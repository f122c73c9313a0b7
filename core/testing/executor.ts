import type { ExecutorAdapter } from './executor-cases/adapter.ts'
import { inputCases } from './executor-cases/input.ts'
import { outcomeCases } from './executor-cases/outcome.ts'
import { outputCases } from './executor-cases/output.ts'
import { stopCases } from './executor-cases/stop.ts'
import { followingExecutor } from './run-to-end.ts'

export type { ExecutorAdapter, ExecutorProgram, ProgramMaker } from './executor-cases/adapter.ts'
export { EXECUTOR_PROGRAMS, FLOOD_BYTES } from './executor-cases/adapter.ts'

/** The test functions of vitest, `node:test` or the like. */
export interface TestRunner {
  describe(name: string, body: () => void): unknown
  it: {
    (name: string, body: () => Promise<void>): unknown
    skip(name: string, body: () => Promise<void>): unknown
  }
}

/** Tests any executor against the executor contract. Each test bounds itself; give the runner 20 seconds. */
export function testExecutor({ describe, it }: TestRunner, adapter: ExecutorAdapter): void {
  const groups = {
    outcome: outcomeCases(adapter),
    stop: stopCases(adapter),
    output: outputCases,
    input: inputCases,
  }
  for (const [name, cases] of Object.entries(groups)) {
    describe(name, () => {
      for (const { title, program, check } of cases) {
        const make = adapter.programs[program]
        if (typeof make !== 'function') {
          it.skip(`${title} (skipped: ${make.skip})`, async () => {})
          continue
        }
        it(title, async () => {
          const executor = await make()
          try {
            await check(followingExecutor(executor))
          } finally {
            await executor.close?.()
          }
        })
      }
    })
  }
}
