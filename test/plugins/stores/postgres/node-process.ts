import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { claim, makeSettlement } from '../../../../core/testing/store-cases/make-entry.ts'
import { createOver } from './create-postgres.ts'

const NODE = join(import.meta.dirname, '../../../fixtures/postgres/node.ts')
const WORK_WAIT_MS = 10_000

/** A process that only accepts, or only works, until it is killed. */
export interface NodeProcess {
  readonly role: 'receive' | 'work'
  readonly child: ChildProcess
  /** Whole lines, and what there is of the last one. */
  readonly output: () => string
  /** All its output, once it has ended. */
  readonly ended: Promise<string>
}

export interface NodeProcessOptions {
  readonly url: string
  readonly schema: string
  readonly role: NodeProcess['role']
  /** Default: as this version. */
  readonly version?: 'next'
}

export function startNode({ url, schema, role, version }: NodeProcessOptions): NodeProcess {
  const words = [NODE, url, schema, role, ...(version === undefined ? [] : [version])]
  const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = Promise.withResolvers<string>()
  let output = ''
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  child.on('close', () => ended.resolve(output))
  return { role, child, output: () => output, ended: ended.promise }
}

/** Waits until it has printed what it does, so that a kill finds it at work. */
export async function isAtWork({ output }: NodeProcess): Promise<void> {
  const start = performance.now()
  while (!output().includes('ed tsk_') && performance.now() - start < WORK_WAIT_MS) {
    await sleep(20)
  }
}

/** Settles all that waits. What the last ones held comes back once their leases are over. */
export async function settleRest(url: string, schema: string): Promise<void> {
  const store = createOver(url, { schema })
  await store.open()
  for (;;) {
    const claims = await claim(store, { limit: 100 })
    await Promise.all(claims.map(({ lease }) => store.settle(lease, makeSettlement())))
    const { waiting, running } = await store.countTasks()
    if (waiting + running === 0) break
    if (claims.length === 0) await sleep(50)
  }
  await store.close()
}

/** What followed a word at the start of a line. */
export function linesOf(outputs: readonly string[], word: string): readonly string[] {
  // A last line without its end was cut by the kill.
  return outputs
    .flatMap((output) => output.split('\n').slice(0, -1))
    .filter((line) => line.startsWith(`${word} `))
    .map((line) => line.slice(word.length + 1))
}

/** SQL for the tasks that succeeded more than once. */
export function twice(schema: string): string {
  return `
    SELECT task_id FROM ${schema}.attempts WHERE status = 'succeeded' GROUP BY task_id HAVING count(*) > 1`
}
