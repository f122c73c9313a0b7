import { once } from 'node:events'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { makeFolder, type Service, startService, until } from '../service.ts'

interface Task {
  readonly id: string
  readonly state: string
  readonly program: string
  readonly attempts: number
  readonly lostAttempts: number
  readonly reason: string | null
}

const removes: (() => void)[] = []

afterEach(() => {
  for (const remove of removes.splice(0)) remove()
})

/** A folder with a config of these programs, which all run on every webhook of a source of their name. */
function makeService(programs: Readonly<Record<string, string>>): string {
  const names = Object.keys(programs)
  const each = (line: (name: string) => string) => names.map(line).join(', ')
  const { folder, remove } = makeFolder(`
import { defineConfig } from 'hookline'
import { subprocess } from 'hookline/executors'
import { custom } from 'hookline/sources'
const sh = (script, options) => subprocess({ command: ['/bin/sh', '-c', script], ...options })
export default defineConfig({
  sources: { ${each((name) => `${name}: custom({ unverified: true })`)} },
  programs: { ${each((name) => `${name}: ${programs[name]}`)} },
  rules: [${each((name) => `{ on: '${name}', run: '${name}' }`)}],
  dataDir: './data',
  node: { leaseSeconds: 2, concurrency: 8 },
})`)
  removes.push(remove)
  return folder
}

async function send(service: Service, source: string): Promise<string> {
  const answer = await fetch(`${service.url}/api/webhooks/${source}`, {
    method: 'POST',
    body: '{}',
    headers: { 'content-type': 'application/json' },
  })
  expect(answer.status).toBe(202)
  const { tasks } = (await answer.json()) as { tasks: { id: string }[] }
  return tasks[0]?.id ?? ''
}

function settled(service: Service, taskId: string): Promise<Task> {
  return until(
    () => service.get<Task>(`/api/tasks/${taskId}`),
    ({ state }) => state !== 'waiting' && state !== 'running',
    60,
  )
}

describe('nodes that are killed', () => {
  it('run a long program to its end, however often they are killed before', {
    timeout: 120_000,
  }, async () => {
    const folder = makeService({
      long: `sh('echo begun >> begun.txt; sleep 4; echo ended >> ended.txt', { retry: { attempts: 1 } })`,
    })
    let service = await startService({ folder })
    const taskId = await send(service, 'long')
    for (let kills = 1; kills <= 4; kills++) {
      await until(
        async () => linesOf(folder, 'begun.txt'),
        (lines) => lines === kills,
        30,
      )
      await service.kill()
      service = await startService({ folder })
    }
    const task = await settled(service, taskId)
    expect(task).toMatchObject({ state: 'succeeded', attempts: 1, lostAttempts: 4 })
    expect(linesOf(folder, 'ended.txt')).toBe(1)
    expect(await service.stop()).toBe(0)
  })

  it('end only the task that kills them, and run its neighbours once more at most', {
    timeout: 180_000,
  }, async () => {
    const folder = makeService({
      killer: `sh('until [ -s node.pid ]; do sleep 0.1; done; sleep 0.3; kill -9 "$(cat node.pid)"; sleep 30', { retry: { attempts: 1, lostAttempts: 4 } })`,
      neighbour: `sh('echo run >> neighbour.txt; sleep 1', { retry: { attempts: 1 } })`,
    })
    let service = await startKillable(folder)
    const neighbours = [await send(service, 'neighbour'), await send(service, 'neighbour')]
    const killer = await send(service, 'killer')
    for (let kills = 1; kills <= 4; kills++) {
      await end(service)
      service = await startKillable(folder)
      neighbours.push(...(await sendMany(service, 2)))
    }
    expect(await settled(service, killer)).toMatchObject({
      state: 'dead',
      attempts: 1,
      lostAttempts: 4,
      reason: expect.stringMatching(/^lost 4 times: .* nothing else ran on that node$/),
    })
    for (const taskId of neighbours) {
      const { state, lostAttempts } = await settled(service, taskId)
      expect({ state, isSpared: lostAttempts <= 1 }).toEqual({ state: 'succeeded', isSpared: true })
    }
    expect(await service.stop()).toBe(0)
  })
})

/** A service whose process id the programs can read. */
async function startKillable(folder: string): Promise<Service> {
  // A killer that is claimed at once waits for it.
  rmSync(join(folder, 'node.pid'), { force: true })
  const service = await startService({ folder })
  writeFileSync(join(folder, 'node.pid'), String(service.child.pid))
  return service
}

/** Sends until the service has been killed. Returns the tasks that were accepted. */
async function sendMany(service: Service, count: number): Promise<readonly string[]> {
  const sent: string[] = []
  try {
    while (sent.length < count) sent.push(await send(service, 'neighbour'))
  } catch {
    // It has been killed.
  }
  return sent
}

async function end({ child }: Service): Promise<void> {
  if (child.signalCode === null) await once(child, 'exit')
  expect(child.signalCode).toBe('SIGKILL')
}

function linesOf(folder: string, name: string): number {
  const path = join(folder, name)
  return existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n').length : 0
}
