import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { makeFolder, type Service, startService, until } from '../../e2e/service.ts'

const TOKEN = 'token-of-the-sender'
const ZOD = join(import.meta.dirname, '../../../node_modules/zod/index.js')

// Programs that do what no plugin should.
const CONFIG = `
import { defineConfig } from 'hookline'
import { defineExecutor } from 'hookline/sdk/executor'
import { z } from ${JSON.stringify(ZOD)}
import { custom } from 'hookline/sources'

const threads = []
process.on('worker', (thread) => threads.push(thread))
const faults = {
  thread: () => { for (const thread of threads) thread.terminate() },
  reject: () => { Promise.reject(new Error('nobody waits for this: ${TOKEN}')) },
  throw: () => { setImmediate(() => { throw new Error('nobody catches this: ${TOKEN}') }) },
  timer: () => { setInterval(() => {}, 1000) },
}
const broken = defineExecutor({
  name: 'broken', summary: 'breaks', options: z.object({ how: z.string() }),
  create: ({ how }) => ({ run: async () => { faults[how](); return { status: 'succeeded' } } }),
})
export default defineConfig({
  sources: { hook: custom({ bearer: '${TOKEN}', type: { path: 'kind' } }) },
  programs: {
    thread: broken({ how: 'thread' }), reject: broken({ how: 'reject' }),
    throw: broken({ how: 'throw' }), timer: broken({ how: 'timer' }),
  },
  rules: ['thread', 'reject', 'throw', 'timer'].map((run) => ({ on: 'hook.' + run, run })),
  dataDir: './data',
  logLevel: 'info',
})`

let made: ReturnType<typeof makeFolder>
let service: Service
afterEach(async () => {
  const { exitCode, signalCode } = service.child
  if (exitCode === null && signalCode === null) await service.kill()
  made.remove()
})

async function start(config = CONFIG): Promise<void> {
  made = makeFolder(config)
  service = await startService({ folder: made.folder })
}

async function send(kind: string): Promise<{ tasks: { id: string }[] }> {
  const answer = await fetch(`${service.url}/api/webhooks/hook`, {
    method: 'POST',
    headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
    body: JSON.stringify({ kind }),
  })
  expect(answer.status).toBe(202)
  return (await answer.json()) as { tasks: { id: string }[] }
}

async function exitCode(): Promise<number | null> {
  const { child } = service
  if (child.exitCode === null && child.signalCode === null) {
    await Promise.race([once(child, 'exit'), sleep(30_000)])
  }
  return child.exitCode
}

describe('a node that cannot go on', { timeout: 90_000 }, () => {
  it('ends with code 1 and the reason when the thread of its store has died', async () => {
    await start()
    await send('thread')
    expect(await exitCode()).toBe(1)
    expect(service.lines.join('\n')).toMatch(
      /The thread of the store has ended[\s\S]*code: store_unavailable/,
    )
  })

  it.each(['reject', 'throw'])(
    'stops in order and ends with code 1 on a fault that nothing catches (%s)',
    async (how) => {
      await start()
      await send(how)
      expect(await exitCode()).toBe(1)
      const lines = service.lines.join('\n')
      expect(lines).toContain('nobody')
      expect(lines).toContain('"msg":"stopped"')
      expect(lines).not.toContain(TOKEN)
    },
  )

  it('ends after it stopped, though a plugin left a timer behind', async () => {
    await start()
    const { tasks } = await send('timer')
    await until(
      () => service.get<{ state: string }>(`/api/tasks/${tasks[0]?.id}`),
      ({ state }) => state === 'succeeded',
    )
    service.child.kill('SIGTERM')
    expect(await exitCode()).toBe(0)
  })
})
