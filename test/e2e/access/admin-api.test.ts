import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ADMIN_TOKEN, makeFolder, type Service, startService } from '../service.ts'

const { folder, remove } = makeFolder(
  "import { defineConfig } from 'hookline'\nexport default defineConfig({ admin: { maxFailures: 1000 } })",
)
let service: Service

beforeAll(async () => {
  service = await startService({ folder })
})
afterAll(async () => {
  await service.stop()
  remove()
})

describe('the admin API', () => {
  it.each([
    ['GET', '/api/tasks'],
    ['GET', '/api/tasks/tsk_1'],
    ['GET', '/api/tasks/tsk_1/log'],
    ['POST', '/api/tasks/tsk_1/retry'],
    ['POST', '/api/tasks/tsk_1/cancel'],
    ['GET', '/api/deliveries'],
    ['GET', '/api/deliveries/dlv_1'],
    ['POST', '/api/deliveries/dlv_1/replay'],
  ])('%s %s needs the token, from the loopback address too', async (method, path) => {
    for (const authorization of [
      undefined,
      'Bearer wrong',
      `Basic ${btoa(`admin:${ADMIN_TOKEN}`)}`,
      `Bearer ${ADMIN_TOKEN}x`,
    ]) {
      const headers = authorization === undefined ? {} : { authorization }
      const answer = await fetch(`${service.url}${path}`, { method, headers })
      expect(answer.status).toBe(401)
      expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="hookline"')
      expect(await answer.json()).toMatchObject({ code: 'unauthorized' })
    }
  })

  it.each([
    ['/api/tasks/tsk_nothing', 'task_unknown', 404],
    ['/api/deliveries/dlv_nothing', 'delivery_unknown', 404],
    ['/api/tasks?state=nonsense', 'request_invalid', 400],
    ['/api/tasks?limit=0', 'request_invalid', 400],
    ['/api/tasks?limit=1000', 'request_invalid', 400],
    ['/api/tasks?nonsense=1', 'request_invalid', 400],
    ['/api/deliveries?outcome=nonsense', 'request_invalid', 400],
  ])('%s is %s', async (path, code, status) => {
    expect(await service.get(path)).toMatchObject({ code, status })
  })

  it('answers readiness to anybody', async () => {
    const answer = await fetch(`${service.url}/readyz`)
    expect(await answer.json()).toEqual({
      status: 'ready',
      checks: { store: true, stopping: false, draining: false, configChangePending: false },
    })
    expect((await fetch(`${service.url}/healthz`)).status).toBe(200)
  })
})
