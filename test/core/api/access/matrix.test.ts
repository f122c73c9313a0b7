import { describe, expect, it, onTestFinished } from 'vitest'
import { createApp } from '../../../../core/api/app.ts'
import { NodeMetrics } from '../../../../core/api/metrics/node-metrics.ts'
import { TaskUpdates } from '../../../../core/api/tasks/task-updates.ts'
import { ROLES, type Role } from '../../../../core/contracts/access.ts'
import type { StoreInstance } from '../../../../core/contracts/store.ts'
import { ConfigFolder, JSON_CONFIG } from '../../config/config-folder.ts'
import { openManaged } from '../../config/managed-setup.ts'
import { ADMIN_TOKEN, openApp } from '../app.ts'
import { type Call, call, makeToken, signIn } from './calls.ts'
import { OF_ITS_OWN, ROUTES, type RouteAccess } from './table.ts'

const HOUR_MS = 3_600_000

interface Caller {
  readonly name: string
  readonly call: () => Promise<Call>
  /** Null: nobody. */
  readonly role: Role | null
  readonly via: 'token' | 'session'
  readonly hasCsrf: boolean
}

/** All that a node has: what it lacks has no routes. */
async function allParts(store: StoreInstance) {
  const folder = new ConfigFolder({ [JSON_CONFIG]: {} })
  const { live, managed } = await openManaged(folder, store, { load: { clock: Date.now } })
  const config = () => live.current
  const options = { store, config, configFault: () => null, running: () => 0, clock: Date.now }
  const metrics = new NodeMetrics(options)
  onTestFinished(() => metrics.close())
  return { managed, metrics }
}

/** An app, and every kind of caller. Wrong ones are never throttled here. */
async function openMatrix() {
  let passed = 0
  const opened = await openApp(
    { admin: { maxFailures: 1000 }, node: { name: 'matrix' } },
    (store) => store,
    { clock: () => Date.now() + passed, more: allParts },
  )
  const inAnHour = new Date(Date.now() + HOUR_MS).toISOString()
  const tokens = new Map<Role, string>()
  for (const role of ROLES) tokens.set(role, await makeToken(opened, `the-${role}`, { role }))
  const of = (role: Role) => tokens.get(role) ?? ''
  const expired = await makeToken(opened, 'short', { role: 'admin', expiresAt: inAnHour })
  passed = 2 * HOUR_MS
  const revoked = await makeToken(opened, 'gone', { role: 'admin' })
  await call(opened, 'DELETE /api/tokens/gone', { token: ADMIN_TOKEN })
  const callers: Caller[] = [
    nobody('no token', {}),
    nobody('an empty token', { token: '' }),
    nobody('a wrong token', { token: 'wrong' }),
    nobody('a token of the right form', { token: `${of('admin').slice(0, -8)}AAAAAAAA` }),
    nobody('an expired token', { token: expired }),
    nobody('a revoked token', { token: revoked }),
    nobody('a wrong session', { cookie: 'hookline-session=a.b' }),
    nobody('a token as a session', { cookie: `hookline-session=${of('admin')}` }),
    { ...who('the own token', 'admin'), call: async () => ({ token: ADMIN_TOKEN }) },
    ...ROLES.map((role) => ({ ...who(role, role), call: async () => ({ token: of(role) }) })),
    ...ROLES.flatMap((role) => sessionsOf(role)),
  ]
  function sessionsOf(role: Role): Caller[] {
    const session = { role, via: 'session' } as const
    const start = () => signIn(opened, of(role))
    return [
      {
        ...{ ...session, name: `a session of ${role} without CSRF`, hasCsrf: false },
        call: async () => ({ cookie: (await start()).cookie }),
      },
      { ...session, name: `a session of ${role}`, hasCsrf: true, call: start },
    ]
  }
  return { opened, callers }
}

function nobody(name: string, given: Call): Caller {
  return { name, call: async () => given, role: null, via: 'token', hasCsrf: false }
}

function who(name: string, role: Role) {
  return { name, role, via: 'token', hasCsrf: false } as const
}

function expected(route: string, access: RouteAccess, caller: Caller): number {
  if ('open' in access) return access.answers
  if (caller.role === null) return 401
  const isReading = route.startsWith('GET ')
  if (caller.via === 'session' && !caller.hasCsrf && !isReading) return 403
  if (ROLES.indexOf(caller.role) < ROLES.indexOf(access.role)) return 403
  const { answers, answersToken = answers, answersSession = answers } = access
  return caller.via === 'token' ? answersToken : answersSession
}

describe('who may call what', () => {
  it('is decided for every route', async () => {
    const { app, services } = await openApp({}, (store) => store, { more: allParts })
    const taskUpdates = new TaskUpdates(services.store, services.stopping)
    const api = createApp({ ...services, taskUpdates }, { ...services, elsewhere: () => null })
    const mounted = [...app.routes, ...api.routes]
      .filter(({ method }) => method !== 'ALL')
      .map(({ method, path }) => `${method} ${path}`)
    const decided = [...Object.keys(ROUTES), ...OF_ITS_OWN]
    expect([...new Set(mounted)].toSorted()).toEqual(decided.toSorted())
  })

  it('holds for every route and every caller', async () => {
    const { opened, callers } = await openMatrix()
    const wrong: string[] = []
    let asked = 0
    for (const [route, access] of Object.entries(ROUTES)) {
      const [method, path = ''] = route.split(' ')
      const json = 'json' in access ? { json: access.json } : {}
      for (const caller of callers) {
        const given = { ...(await caller.call()), ...json }
        const answer = await call(opened, `${method} ${path.replace(/:\w+/g, 'none')}`, given)
        // A stream would go on.
        await answer.body?.cancel()
        const status = expected(route, access, caller)
        asked += 1
        if (answer.status !== status) {
          wrong.push(`${route} by ${caller.name}: ${answer.status}, not ${status}`)
        }
      }
    }
    expect(wrong).toEqual([])
    expect(asked).toBe(Object.keys(ROUTES).length * callers.length)
  })

  it('does not reveal why a call is refused', async () => {
    const { opened, callers } = await openMatrix()
    const bodies = new Set<string>()
    for (const caller of callers.filter(({ role }) => role === null)) {
      const given = await caller.call()
      if (given.token === undefined) continue
      bodies.add(await (await call(opened, 'GET /api/tasks', given)).text())
    }
    expect(bodies.size).toBe(1)
  })
})
