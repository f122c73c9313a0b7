import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from '@redis/client'
import { makeRun } from 'hookline/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { missingTool } from '../../../requirements.ts'
import { missingCelery } from '../servers/celery.ts'
import { type RedisServer, startRedis } from '../servers/redis.ts'
import { PYTHON } from '../subprocess/create-subprocess.ts'
import { createCelery } from './team.ts'

const reason = missingTool('redis-server') ?? missingCelery()
const NEVER = new AbortController().signal
const PASSWORD = 'not-to-be-shown'

let server: RedisServer
beforeAll(async () => {
  if (reason === null) server = await startRedis('--requirepass', PASSWORD, '--appendonly', 'no')
}, 60_000)
afterAll(() => server?.dispose())

const at = (password: string, port = server.port) => `redis://:${password}@127.0.0.1:${port}/0`

async function runOnce(more: object) {
  const url = at(PASSWORD)
  const executor = createCelery({ broker: url, backend: url, task: 'jobs.echo', ...more })
  try {
    return await executor.run(makeRun({ idempotencyKey: 'tsk_1-0' }).run)
  } finally {
    await executor.close?.()
  }
}

describe.skipIf(reason !== null)('celery says why a task cannot be handed over', () => {
  it.each<[string, () => object, boolean | undefined, RegExp]>([
    [
      'a broker that nobody is at',
      () => ({ broker: at(PASSWORD, 1) }),
      true,
      /^broker_unreachable: The broker redis:\/\/127\.0\.0\.1:1 cannot be reached: /,
    ],
    [
      'a backend that nobody is at',
      () => ({ backend: at(PASSWORD, 1) }),
      true,
      /^broker_unreachable: The result backend redis:\/\/127\.0\.0\.1:1 cannot be reached: /,
    ],
    [
      'a broker that refuses the password',
      () => ({ broker: at(`${PASSWORD}-either`) }),
      false,
      /^broker_access_refused: The broker .* refuses the login of its URL: /,
    ],
    [
      'a database without its driver',
      () => ({ backend: `db+mysql://ann:${PASSWORD}@db/x` }),
      undefined,
      /^package_missing: The result backend db\+mysql:\/\/db needs a package: /,
    ],
    [
      'a broker of an unknown kind',
      () => ({ broker: `sqsx://ann:${PASSWORD}@host` }),
      undefined,
      /^package_missing: The broker sqsx:\/\/host needs a package: /,
    ],
    [
      'an unknown serializer',
      () => ({ serializer: 'xml' }),
      false,
      /^message_refused: The broker .* does not take the task: /,
    ],
    [
      'an interpreter that is not there',
      () => ({ interpreter: './none' }),
      undefined,
      /^interpreter_unavailable: ".*none" cannot be used: /,
    ],
    [
      'a program that is no Python',
      () => ({ interpreter: '/bin/false' }),
      undefined,
      /^interpreter_unavailable: "\/bin\/false" cannot be used: /,
    ],
  ])('%s', async (_, more, retryable, why) => {
    const outcome = await runOnce(more())
    expect(outcome).toMatchObject({ status: 'failed', reason: expect.stringMatching(why) })
    expect((outcome as { retryable?: boolean }).retryable).toBe(retryable)
    expect(JSON.stringify(outcome)).not.toContain(PASSWORD)
  })

  it('a Python without Celery, in a virtual environment', async () => {
    const venv = mkdtempSync(join(tmpdir(), 'hookline-venv-'))
    try {
      execFileSync(PYTHON, ['-m', 'venv', '--without-pip', venv])
      expect(await runOnce({ interpreter: venv })).toMatchObject({
        reason: expect.stringMatching(
          /^package_missing: The Python package `celery` cannot be imported by .*: No module named 'celery'\. Install it with/,
        ),
      })
    } finally {
      rmSync(venv, { recursive: true, force: true })
    }
  })

  it('goes on with a new helper after its own was killed', async () => {
    const url = at(PASSWORD)
    const executor = createCelery({ broker: url, backend: url, task: 'jobs.echo' })
    expect(await executor.run(makeRun().run)).toMatchObject({ status: 'handed-over' })
    await server.freeze()
    const last = makeRun()
    const cut = executor.run(last.run)
    await new Promise((resolve) => setTimeout(resolve, 200))
    killHelper()
    // The message may be at the broker: its marker says so later.
    expect(await cut).toMatchObject({ status: 'handed-over' })
    server.thaw()
    expect(await executor.run(last.run)).toMatchObject({ status: 'handed-over' })
    expect(await sentOf(last.run.idempotencyKey)).toBe(1)
    await executor.close?.()
  })

  it('a Redis that was killed and had written nothing to disk', async () => {
    const url = at(PASSWORD)
    const executor = createCelery({ broker: url, backend: url, task: 'jobs.echo' })
    const { run } = makeRun()
    expect(await executor.run(run)).toMatchObject({ status: 'handed-over' })
    const { idempotencyKey: ref, taskId, write } = run
    const look = () => executor.follow?.([{ taskId, ref, handedOverAt: 0, write }], NEVER)
    expect(await look()).toEqual([null])
    await server.kill()
    await expect(look()).rejects.toThrow(/^The result backend .* cannot be reached: /)
    await server.start()
    expect(await look()).toEqual([null])
    expect(await look()).toMatchObject([
      { retryable: true, reason: expect.stringMatching(/^run_forgotten: /) },
    ])
    await executor.close?.()
  })

  it.each([
    ['rpc://', /^`backend` is rpc, whose results other processes do not see/],
    ['cache', /^`backend` must be a URL/],
  ])('a backend that is refused with the config: %s', (backend, why) => {
    const create = () => createCelery({ broker: 'redis://cache', backend, task: 'a' })
    expect(create).toThrow(why)
  })

  it('settings that would lead to other servers', () => {
    const settings = { broker_url: 'redis://other' }
    const url = 'redis://cache'
    const create = () => createCelery({ broker: url, backend: url, task: 'a', settings })
    expect(create).toThrow(/is set by `broker` and `backend`/)
  })
})

/** How often a task is in the queue. */
async function sentOf(id: string): Promise<number> {
  const client = createClient({ url: at(PASSWORD) })
  await client.connect()
  const messages = await client.sendCommand(['LRANGE', 'celery', '0', '-1'])
  client.destroy()
  return [...`${messages}`.matchAll(/"correlation_id": "([^"]+)"/g)].filter(([, one]) => one === id)
    .length
}

function killHelper(): void {
  const children = execFileSync('ps', ['-o', 'pid=,args=', '--ppid', `${process.pid}`]).toString()
  for (const line of children.split('\n')) {
    if (!line.includes('celery_helper.py')) continue
    const pid = Number.parseInt(line, 10)
    for (const file of ['cmdline', 'environ']) {
      expect(readFileSync(`/proc/${pid}/${file}`, 'utf8')).not.toContain(PASSWORD)
    }
    process.kill(pid, 'SIGKILL')
  }
}
