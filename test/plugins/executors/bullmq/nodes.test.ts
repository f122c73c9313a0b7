import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeFolder, type Service, startService, until } from '../../../e2e/service.ts'
import { missingTool } from '../../../requirements.ts'
import { type RedisServer, startRedis } from '../servers/redis.ts'
import { type BullWorker, startWorker } from './workers.ts'

const reason = missingTool('redis-server')
const MANY = 1000

const CONFIG = (url: string) => `
import { existsSync, writeFileSync } from 'node:fs'
import { defineConfig } from 'hookline'
import { bullmq } from 'hookline/executors'
import { defineExecutor, z } from 'hookline/sdk/executor'
import { custom } from 'hookline/sources'

const { definition } = bullmq
/** Dies once, when Redis has the job and the node has not committed that. */
const dying = defineExecutor({
  ...definition,
  name: 'dying',
  create: (options, context) => {
    const executor = definition.create(options, context)
    return {
      ...executor,
      run: async (run) => {
        const outcome = await executor.run(run)
        if (existsSync('died')) return outcome
        writeFileSync('died', '')
        process.kill(process.pid, 'SIGKILL')
      },
    }
  },
})
export default defineConfig({
  sources: { custom: custom({ token: 'a token of the test' }) },
  programs: {
    work: dying({
      connection: '${url}', queue: 'jobs', data: { act: 'return', value: { cel: 'payload' } },
      timeoutSeconds: 60, retry: { attempts: 1, lostAttempts: 50 },
    }),
  },
  rules: [{ on: 'custom', run: 'work' }],
  dataDir: './data',
  node: { leaseSeconds: 2, concurrency: 8 },
})`

let server: RedisServer
let worker: BullWorker
let folder: ReturnType<typeof makeFolder>
let service: Service | undefined

beforeAll(async () => {
  if (reason !== null) return
  server = await startRedis()
  folder = makeFolder(CONFIG(server.url))
}, 60_000)
afterAll(async () => {
  await service?.kill()
  await worker?.kill()
  await server?.dispose()
  folder?.remove()
})

async function send({ url }: Service, value: number): Promise<string> {
  const headers = { 'content-type': 'application/json', 'x-webhook-token': 'a token of the test' }
  const body = JSON.stringify({ value })
  const answer = await fetch(`${url}/api/webhooks/custom`, { method: 'POST', body, headers })
  const { tasks } = (await answer.json()) as { tasks: { id: string }[] }
  return tasks[0]?.id ?? ''
}

interface Task {
  readonly state: string
  readonly attempts: number
  readonly lostAttempts: number
  readonly result: unknown
}

const task = (id: string) => service?.get<Task>(`/api/tasks/${id}`) as Promise<Task>

describe.skipIf(reason !== null)('jobs of BullMQ and their nodes', () => {
  it('runs a job once whose node is killed before it knows that Redis has it', async () => {
    const first = await startService(folder)
    const id = await send(first, -1)
    await until(
      async () => first.child.signalCode,
      (signal) => signal === 'SIGKILL',
    )
    expect(existsSync(join(folder.folder, 'died'))).toBe(true)
    worker = await startWorker(server.url, 'jobs')
    service = await startService(folder)
    const ended = await until(
      () => task(id),
      ({ state }) => state === 'succeeded',
    )
    expect(ended).toMatchObject({ attempts: 1, result: { value: -1 } })
    expect(ended.lostAttempts).toBeGreaterThan(0)
    expect(worker.begun.map((job) => job.id)).toEqual([`${id}-0`])
  })

  it(`runs ${MANY} jobs once each, and knows the result of each`, {
    timeout: 120_000,
  }, async () => {
    const node = service as Service
    const ids: string[] = []
    for (let sent = 0; sent < MANY; sent += 50) {
      ids.push(...(await Promise.all(Array.from({ length: 50 }, (_, at) => send(node, sent + at)))))
    }
    for (const state of ['waiting', 'running']) {
      const left = () => node.get<{ tasks: unknown[] }>(`/api/tasks?state=${state}&limit=1`)
      await until(left, ({ tasks }) => tasks.length === 0, 60)
    }
    const jobs = worker.begun.slice(1).map(({ id }) => id)
    expect(jobs.toSorted()).toEqual(ids.map((id) => `${id}-0`).toSorted())
    expect(await task(ids[777] ?? '')).toMatchObject({ state: 'succeeded', result: { value: 777 } })
  })
})
