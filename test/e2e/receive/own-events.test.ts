import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { makeFolder, PYTHON, type Service, startService, until } from '../service.ts'

const TOKEN = 'token-of-the-sender'
const FAIL = 'import sys; print("key", sys.argv[1]); raise SystemExit(4)'
const TELL =
  'import json, sys; e = json.load(sys.stdin); print(e["type"], *sys.argv[1:], e["payload"].get("output", "-").strip())'
const CALL =
  'test -e server-up || exit 9; echo $WEBHOOK_TASK_ID >> begun; until [ -e let-go ]; do sleep 0.1; done; echo $WEBHOOK_TASK_ID >> ended'

const config = (rules: string) => `
import { defineConfig, env } from 'hookline'
import { subprocess } from 'hookline/executors'
import { custom } from 'hookline/sources'

const python = (code) => [${JSON.stringify(PYTHON)}, '-c', code]
export default defineConfig({
  sources: { hook: custom({ bearer: env('TOKEN'), type: { path: 'kind' } }) },
  programs: {
    deploy: subprocess({
      command: [...python(${JSON.stringify(FAIL)}), env('TOKEN')],
      retry: { attempts: 2, backoffSeconds: 0.05, maxBackoffSeconds: 0.1 },
    }),
    fail: subprocess({ command: ['false'], retry: { attempts: 1 } }),
    quiet: subprocess({ command: ['true'] }),
    // Fails while its server is down, and takes long to be tried.
    call: subprocess({
      command: ['/bin/sh', '-c', ${JSON.stringify(CALL)}],
      retry: { attempts: 1 },
      policy: { concurrency: 1 },
      breaker: { after: 2, probe: '1s' },
    }),
    tell: subprocess({
      command: python(${JSON.stringify(TELL)}),
      params: ['program', 'state', 'exit_code', 'attempts'],
    }),
    refused: subprocess({ command: ['echo'], params: ['source', 'reason', 'suppressed'] }),
    changed: subprocess({ command: ['echo'], params: ['version'] }),
  },
  rules: ${rules},
  node: { leaseSeconds: 2 },
})
`

interface Task {
  readonly id: string
  readonly state: string
  readonly program: string
  readonly source: string
  readonly delivery: string
  readonly lostAttempts: number
}

interface Pause {
  readonly name: string
  readonly by: string
  readonly since: string
  readonly reason: string
}

interface Program {
  readonly pause: Pause | null
  readonly breaker: object | null
}

const isOver = ({ state }: Task) => state !== 'waiting' && state !== 'running'

async function tasksOf(service: Service, query: string, count: number): Promise<readonly Task[]> {
  const { tasks } = await until(
    () => service.get<{ tasks: Task[] }>(`/api/tasks?limit=200&${query}`),
    (page) => page.tasks.length >= count && page.tasks.every(isOver),
    60,
  )
  return tasks
}

async function outputOf(service: Service, id: string): Promise<string> {
  const { log } = await service.get<{ log: { text: string }[] }>(`/api/tasks/${id}`)
  return log.map(({ text }) => text).join('')
}

function deliver(service: Service, kind: string, token = TOKEN): Promise<Response> {
  return fetch(`${service.url}/api/webhooks/hook`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ kind }),
  })
}

async function withService(rules: string, use: (service: Service, folder: string) => unknown) {
  const { folder, remove } = makeFolder(config(rules))
  const service = await startService({ folder, env: { TOKEN } })
  try {
    await use(service, folder)
  } finally {
    await service.stop()
    remove()
  }
}

describe('rules on own events', { timeout: 180_000 }, () => {
  it('run for each failed attempt, with facts and redacted output, and never for themselves', async () => {
    const rules = `[
      { on: 'hook.deploy', run: 'deploy' },
      { on: 'hookline.task', when: "program != 'deploy' || state != 'succeeded'", run: ['tell', 'fail'] },
    ]`
    await withService(rules, async (service) => {
      await deliver(service, 'deploy')
      const tasks = await tasksOf(service, 'source=hookline', 4)
      const told = tasks.filter(({ program }) => program === 'tell').toReversed()
      expect(await Promise.all(told.map(({ id }) => outputOf(service, id)))).toEqual([
        'task.failed deploy waiting 4 1 key [redacted]\n',
        'task.dead deploy dead 4 2 key [redacted]\n',
      ])
      // These died too, and nothing came of it.
      expect(tasks.filter(({ program }) => program === 'fail')).toHaveLength(2)
      expect(tasks).toHaveLength(4)
      const [{ delivery = '' } = {}] = told
      const record = await service.get<object>(`/api/deliveries/${delivery}`)
      expect(record).toMatchObject({ source: 'hookline', method: 'INTERNAL', outcome: 'accepted' })
      const replay = await service.post<{ status: number }>(`/api/deliveries/${delivery}/replay`)
      expect(replay).toMatchObject({ status: 409, code: 'delivery_not_replayable' })
      const forged = await fetch(`${service.url}/api/webhooks/hookline`, { method: 'POST' })
      expect(forged.status).toBe(404)
    })
  })

  it('tell of refused deliveries, and of changes of the config, good and bad', async () => {
    const rules = `[
      { on: 'hookline.delivery.refused', run: 'refused' },
      { on: 'hookline.config', run: 'changed' },
    ]`
    await withService(rules, async (service, folder) => {
      for (let index = 0; index < 3; index++) await deliver(service, 'deploy', 'wrong-token')
      const [refused, ...more] = await tasksOf(service, 'program=refused', 1)
      expect(more).toEqual([])
      expect(await outputOf(service, refused?.id ?? '')).toMatch(/^hook .+ 0\n$/)
      writeFileSync(join(folder, 'webhook.config.ts'), config(rules.replace('refused', 'other')))
      const [changed] = await tasksOf(service, 'program=changed', 1)
      writeFileSync(
        join(folder, 'webhook.config.ts'),
        config(rules.replace("'changed'", "'chang'")),
      )
      const tasks = await tasksOf(service, 'program=changed', 2)
      const deliveries = [changed, tasks.find(({ id }) => id !== changed?.id)]
      const types = deliveries.map(async (task) => {
        const path = `/api/deliveries/${task?.delivery}`
        const { events } = await service.get<{ events: { type: string }[] }>(path)
        return events[0]?.type
      })
      expect(await Promise.all(types)).toEqual(['config.changed', 'config.faulty'])
    })
  })

  it('run once for each task, also where the node was killed', async () => {
    const rules = `[
      { on: 'hook', run: 'fail' },
      { on: 'hookline.task.dead', when: "program == 'fail'", run: 'quiet' },
    ]`
    const { folder, remove } = makeFolder(config(rules))
    let service = await startService({ folder, env: { TOKEN } })
    try {
      const count = 60
      await Promise.all(Array.from({ length: count }, () => deliver(service, 'some')))
      await until(
        () => service.get<{ tasks: Task[] }>('/api/tasks?program=fail&state=dead&limit=200'),
        ({ tasks }) => tasks.length > 0,
      )
      await service.kill()
      service = await startService({ folder, env: { TOKEN } })
      const died = await tasksOf(service, 'program=fail', count)
      const told = await tasksOf(service, 'program=quiet', count)
      const subjects = told.map(async ({ delivery }) => {
        const path = `/api/deliveries/${delivery}`
        const { events } = await service.get<{ events: { facts: { task: string } }[] }>(path)
        return events[0]?.facts.task
      })
      expect((await Promise.all(subjects)).toSorted()).toEqual(died.map(({ id }) => id).toSorted())
    } finally {
      await service.stop()
      remove()
    }
  })

  it('tell once of a breaker, which closes once its program works, also where the node was killed', async () => {
    const rules = `[
      { on: 'hook', run: 'call' },
      { on: 'hookline.program', run: 'quiet' },
    ]`
    const { folder, remove } = makeFolder(config(rules))
    let service = await startService({ folder, env: { TOKEN } })
    const pausesOf = () => service.get<{ pauses: Pause[] }>('/api/pauses')
    const lines = (name: string) => {
      const path = join(folder, name)
      const text = existsSync(path) ? readFileSync(path, 'utf8') : ''
      return text.split('\n').filter((line) => line !== '')
    }
    try {
      for (let index = 0; index < 2; index++) await deliver(service, 'some')
      await tasksOf(service, 'program=call', 2)
      const { pauses } = await until(pausesOf, ({ pauses }) => pauses.length > 0)
      const reason = expect.stringMatching(/^2 tasks dead in a row, the last tsk_/)
      expect(pauses).toMatchObject([{ kind: 'program', name: 'call', by: 'breaker', reason }])
      const { breaker } = await until(
        () => service.get<Program>('/api/programs/call'),
        ({ pause }) => pause?.by === 'breaker',
      )
      expect(breaker).toEqual({ after: 2, probeSeconds: 1 })

      // Accepted, and tried in vain.
      await deliver(service, 'some')
      await tasksOf(service, 'program=call', 3)
      expect((await pausesOf()).pauses).toMatchObject([{ name: 'call', by: 'breaker' }])
      writeFileSync(join(folder, 'server-up'), '')
      for (let index = 0; index < 3; index++) await deliver(service, 'some')
      const begun = await until(
        async () => lines('begun'),
        (ids) => ids.length === 1,
        60,
      )
      expect((await pausesOf()).pauses).toMatchObject([{ breaker: { probing: begun[0] } }])
      await service.kill()
      service = await startService({ folder, env: { TOKEN } })
      expect((await pausesOf()).pauses).toMatchObject([{ name: 'call', since: pauses[0]?.since }])
      writeFileSync(join(folder, 'let-go'), '')

      const tasks = await tasksOf(service, 'program=call', 6)
      const succeeded = tasks.filter(({ state }) => state === 'succeeded').toReversed()
      expect(succeeded.map(({ id }) => id)).toEqual(lines('ended'))
      expect(succeeded[0]).toMatchObject({ id: begun[0], lostAttempts: 1 })
      expect(succeeded).toHaveLength(3)
      expect((await pausesOf()).pauses).toEqual([])
      const told = (await tasksOf(service, 'source=hookline', 2)).toReversed()
      const facts = told.map(async ({ delivery }) => {
        const path = `/api/deliveries/${delivery}`
        const { events } = await service.get<{ events: { type: string; facts: object }[] }>(path)
        return { ...events[0]?.facts, type: events[0]?.type }
      })
      expect(await Promise.all(facts)).toMatchObject([
        { type: 'program.paused', name: 'call', by: 'breaker', reason },
        { type: 'program.resumed', name: 'call', reason: `${begun[0]} succeeded` },
      ])
    } finally {
      await service.stop()
      remove()
    }
  })
})
