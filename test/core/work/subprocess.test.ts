import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import type { Outcome, ProgramRun } from '../../../core/contracts/executor.ts'
import {
  addTask,
  createConfig,
  inState,
  type Program,
  SETTINGS,
  startWorker,
  storeForEach,
} from './setup.ts'

const opened = storeForEach()

/** Runs a script of this Node in a process of its own. */
function script(text: string, settings: Program['settings'] = {}): Program {
  const run = async ({ args, env, stdin, signal, write }: ProgramRun): Promise<Outcome> => {
    const child = spawn(process.execPath, ['-e', text, '--', ...args], {
      env,
      signal,
      killSignal: 'SIGKILL',
    })
    child.on('error', () => {})
    child.stdin.on('error', () => {})
    child.stdin.end(stdin)
    child.stdout.on('data', (chunk) => write('stdout', chunk))
    child.stderr.on('data', (chunk) => write('stderr', chunk))
    const [exitCode] = await once(child, 'close')
    if (exitCode === 0) return { status: 'succeeded', exitCode }
    return { status: 'failed', reason: 'the script failed', exitCode: exitCode ?? 137 }
  }
  return { run, settings: { ...settings } }
}

async function runOnce(program: Program) {
  const config = createConfig({ any: program })
  startWorker(opened.store, () => config)
  const payload = '{"id": 12345678901234567890, "text": "ünïcode"}'
  const taskId = await addTask(opened.store, 'any', { payload, facts: { branch: 'feature/ä' } })
  return { taskId, payload }
}

describe('a program in a process of its own', () => {
  it('gets arguments, variables and the event as sent, and has its output kept', async () => {
    const text = `
      console.log(process.argv[1], process.env.WEBHOOK_EVENT, process.env.WEBHOOK_BRANCH)
      process.stdin.pipe(process.stdout)`
    const program = script(text, { params: [{ name: 'payload.id', default: null }] })
    const { taskId, payload } = await runOnce(program)
    expect(await inState(opened.store, taskId, 'succeeded')).toMatchObject({ exitCode: 0 })
    const chunks = await opened.store.readLog(taskId, { limit: 100 })
    const output = chunks.map((chunk) => chunk.text).join('')
    expect(output).toMatch(/^12345678901234567890 github\.push feature\/ä\n\{"id":"evt_/)
    expect(output).toContain(`"payload":${payload}}`)
  })

  it('is killed at its time limit', async () => {
    const retry = { ...SETTINGS.retry, attempts: 1 }
    const { taskId } = await runOnce(
      script('setInterval(() => {}, 1000)', { timeoutSeconds: 0.3, retry }),
    )
    expect(await inState(opened.store, taskId, 'dead')).toMatchObject({
      reason: 'time limit of 0.3 s reached',
    })
  })
})
