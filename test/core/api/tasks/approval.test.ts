import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { approvalLink } from '../../../../core/approvals/approval-link.ts'
import { waitKey } from '../../../../core/approvals/wait-key.ts'
import type { RunningConfig } from '../../../../core/contracts/config.ts'
import { mountPages } from '../../dashboard/open-dashboard.ts'
import { call, HOST, makeToken } from '../access/calls.ts'
import { ADMIN_TOKEN, openApp } from '../app.ts'

const CONFIG = {
  sources: { box: { use: 'custom', options: { unverified: true, facts: { commit: 'commit' } } } },
  programs: { deploy: { use: 'subprocess', options: { command: ['true'] } } },
  rules: [
    { on: 'box', run: 'deploy', approval: { by: ['release', 'admin'], timeout: '1h' } },
    { on: 'hookline.task.approval_ended', run: 'deploy' },
  ],
}
const LINKED = {
  ...CONFIG,
  rules: [{ on: 'box', run: 'deploy', approval: { by: ['admin'], timeout: '1h', link: true } }],
}

// biome-ignore lint/suspicious/noExplicitAny: answers of many routes
type Answer = any

async function openHeld(config: object = CONFIG) {
  let changed: Partial<RunningConfig> = {}
  const opened = await openApp(config, (store) => store, {
    more: async (_store, running) => ({ config: () => ({ ...running, ...changed }) }),
  })
  const change = (parts: Partial<RunningConfig>) => {
    changed = parts
  }
  mountPages(opened.app)
  const send = async () => {
    const sent = await call(opened, 'POST /api/webhooks/box', { json: { commit: 'a1b2' } })
    return ((await sent.json()) as Answer).tasks[0].id as string
  }
  const ask = async (route: string, given: Parameters<typeof call>[2] = {}) => {
    const answer = await call(opened, route, { token: ADMIN_TOKEN, ...given })
    return { status: answer.status, body: (await answer.json()) as Answer }
  }
  return { ...opened, change, send, ask, id: await send() }
}

/** A task with the link that approves it, and a browser that nobody is signed in with. */
async function openLinked(config: object = LINKED) {
  const held = await openHeld(config)
  const { store, services } = held
  const secrets: string[] = []
  const linkOf = async (task: string, type = 'task.approval_requested', isManual = false) => {
    const until = (await store.task(task))?.approval?.until ?? 0
    const senderId = isManual ? null : waitKey(task, until)
    return approvalLink(
      {
        ...{ config: services.config, store, redactor: { add: (all) => secrets.push(...all) } },
        keeper: services.keeper ?? { linkKeys: () => [] },
      },
      { source: 'hookline', type, senderId, facts: { task } },
    )
  }
  const open = async (path: string, form?: Record<string, string>, site = 'same-origin') => {
    const body = new URLSearchParams(form).toString()
    const answer = await held.app.request(`http://${HOST}${path}`, {
      headers: {
        ...{ host: HOST, 'accept-language': 'en', 'sec-fetch-site': site },
        'content-type': 'application/x-www-form-urlencoded',
        'content-length': String(body.length),
      },
      ...(form && { method: 'POST', body }),
    })
    return { status: answer.status, headers: answer.headers, text: await answer.text() }
  }
  const path = async (task = held.id) => new URL((await linkOf(task)) ?? 'http://none').pathname
  const stateOf = async (task = held.id) => (await store.task(task))?.approval?.state
  return { ...held, linkOf, path, open, secrets, stateOf }
}

describe('a signed link', () => {
  it('shows what is to be approved, and approves it once, by its form alone', async () => {
    const { open, path, id, store, secrets, stateOf } = await openLinked()
    const link = await path()
    const shown = await open(link)
    expect([shown.status, await stateOf()]).toEqual([200, 'pending'])
    for (const text of ['deploy waits for an approval', 'box.', 'a1b2', 'admin']) {
      expect(shown.text).toContain(text)
    }
    expect(shown.text).not.toContain('<script')
    expect(Object.fromEntries(shown.headers)).toMatchObject({
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
      'content-security-policy': expect.not.stringContaining('script'),
    })
    expect(link.endsWith(secrets[0] ?? '?')).toBe(true)
    const decide = () => open(link, { decision: 'approved' })
    expect((await open(link, { decision: 'approved' }, 'cross-site')).status).toBe(403)
    expect((await open(link, { decision: 'perhaps' })).status).toBe(404)
    expect(await stateOf()).toBe('pending')
    const answers = await Promise.all([decide(), decide()])
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 409])
    expect((await open(link)).status).toBe(409)
    expect((await store.task(id))?.approval).toMatchObject({ state: 'approved', by: 'signed link' })
    const audit = await store.auditEntries({ limit: 100 })
    const done = audit.filter(({ outcome }) => outcome === 'done')
    expect(done.map(({ actor, action, target }) => [actor, action, target])).toContainEqual([
      ...['signed link', 'task.approve', id],
    ])
    for (const entry of audit) expect(JSON.stringify(entry)).not.toContain(secrets[0])
  })

  it('rejects, and loses to whoever decided first by the API', async () => {
    const { open, path, ask, send, id, store } = await openLinked()
    const link = await path()
    expect((await open(link, { decision: 'rejected' })).text).toContain('Rejected')
    expect((await store.task(id))?.reason).toBe('rejected by signed link')
    const other = await send()
    const { digest } = (await ask(`GET /api/tasks/${other}/approval`)).body
    const [byLink, byApi] = await Promise.all([
      open(await path(other), { decision: 'approved' }),
      ask(`POST /api/tasks/${other}/reject`, { json: { digest } }),
    ])
    expect([byLink.status, byApi.status].toSorted()).toEqual([200, 409])
    // It waits again: the link of the wait before is worth nothing.
    await ask(`POST /api/tasks/${id}/retry`)
    expect((await open(link, { decision: 'approved' })).status).toBe(409)
    expect(await path()).not.toBe(link)
    expect((await open(await path())).status).toBe(200)
  })

  it('is refused where it is forged, too late or for another task, with one page', async () => {
    const { open, path, send, services, stateOf, store } = await openLinked()
    const link = await path()
    const [, , task, token = ''] = link.split('/')
    const forged = await open(`/approve/${task}/${'A'.repeat(token.length)}`)
    const unknown = await open(`/approve/tsk_none/${token}`)
    const elsewhere = await open(`/approve/${await send()}/${token}`)
    for (const { status, text } of [forged, unknown, elsewhere]) {
      expect(status).toBe(404)
      expect(text).toContain('This link is not valid')
      expect(text).not.toContain('deploy')
    }
    for (let tries = 3; tries < services.config().settings.admin.maxFailures; tries++) {
      await open(`/approve/${task}/${'B'.repeat(token.length)}`)
    }
    expect((await open(`/approve/${task}/wrong`)).status).toBe(429)
    // Nobody can guess one, so a valid one is let in.
    expect((await open(link)).status).toBe(200)
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 3_600_000 })
    onTestFinished(() => void vi.useRealTimers())
    const late = await open(link, { decision: 'approved' })
    expect([late.status, await stateOf()]).toEqual([410, 'pending'])
    expect(late.text).toContain('The link has expired')
    const audit = await store.auditEntries({ limit: 100 })
    expect(audit[0]).toMatchObject({ action: 'access.refused', outcome: 'refused' })
    expect(JSON.stringify(audit)).not.toContain(token)
  })

  it('says what became of its rule, and who can still decide', async () => {
    const { open, path, ask, change, services, id } = await openLinked()
    const link = await path()
    const [rule] = services.config().rules
    if (rule?.approval == null) throw new Error('the rule asks for an approval')
    const show = async (next: readonly (typeof rule)[]) => {
      change({ rules: next })
      const [, , task, token] = link.split('/')
      const api = await ask('POST /api/approval-links/show', { json: { task, token } })
      return { page: await open(link), api }
    }
    const gone = await show([])
    expect([gone.page.status, gone.api.status]).toEqual([410, 410])
    expect(gone.page.text).toContain('No rule asks for this approval any more')
    expect(gone.page.text).toContain('Only an admin can approve it now')
    expect(gone.api.body).toMatchObject({ code: 'approval_rule_gone' })
    expect(gone.api.body.detail).toContain(`no rule '${rule.id}'`)
    const asksNobody = await show([{ ...rule, approval: null }])
    expect(asksNobody.api.body.code).toBe('approval_rule_gone')
    const unlinked = await show([{ ...rule, approval: { ...rule.approval, link: false } }])
    expect([unlinked.page.status, unlinked.api.body.code]).toEqual([410, 'approval_link_off'])
    expect(unlinked.page.text).toContain('takes no links any more')
    // What has been decided is no longer about the rule.
    change({ rules: [] })
    const { digest } = (await ask(`GET /api/tasks/${id}/approval`)).body
    await ask(`POST /api/tasks/${id}/reject`, { json: { digest } })
    expect((await open(link)).status).toBe(409)
  })

  it('is made only of an event that asks, for a rule that takes links', async () => {
    const { linkOf, id } = await openLinked()
    expect(await linkOf(id)).toMatch(/^http:\/\/localhost:\d+\/approve\/tsk_/)
    expect(await linkOf(id, 'task.approval_ended')).toBeNull()
    expect(await linkOf('tsk_none')).toBeNull()
    // Whoever runs a program by hand may give it any event.
    expect(await linkOf(id, 'task.approval_requested', true)).toBeNull()
    const without = await openLinked(CONFIG)
    expect(await without.linkOf(without.id)).toBeNull()
    const off = await openLinked({ ...LINKED, dashboard: false })
    expect(await off.linkOf(off.id)).toBeNull()
  })
})

describe('a task that waits for an approval', () => {
  it('shows what is to be approved, and runs once somebody has approved that', async () => {
    const { ask, id, store } = await openHeld()
    const { body: shown } = await ask(`GET /api/tasks/${id}/approval`)
    expect(shown).toMatchObject({
      ...{ task: id, by: ['release', 'admin'], mayDecide: true, program: 'deploy' },
      event: { source: 'box', facts: { commit: 'a1b2' } },
      approval: { state: 'pending', decidedBy: null },
    })
    expect((await ask('GET /api/tasks?approval=pending')).body.tasks).toHaveLength(1)
    const wrong = await ask(`POST /api/tasks/${id}/approve`, { json: { digest: 'a'.repeat(64) } })
    expect([wrong.status, wrong.body.code]).toEqual([409, 'approval_changed'])
    const { digest } = shown
    const done = await ask(`POST /api/tasks/${id}/approve`, { json: { digest } })
    expect(done.body).toMatchObject({
      ...{ task: id, state: 'waiting' },
      approval: { state: 'approved', decidedBy: 'admin' },
    })
    const again = await ask(`POST /api/tasks/${id}/reject`, { json: { digest } })
    expect([again.status, again.body.code]).toEqual([409, 'approval_not_pending'])
    expect(again.body.detail).toContain('approved by admin')
    const audit = await store.auditEntries({ limit: 100 })
    expect(audit.map(({ action, target }) => [action, target])).toEqual([['task.approve', id]])
    const { body } = await ask('GET /api/deliveries?source=hookline')
    expect(body.deliveries[0].events[0].facts).toMatchObject({ task: id, decision: 'approved' })
  })

  it('is decided only by whom the rule names', async () => {
    const { ask, id, app } = await openHeld()
    const operator = await makeToken({ app }, 'bob', { role: 'operator' })
    const release = await makeToken({ app }, 'release', { role: 'viewer' })
    const { digest, mayDecide } = (await ask(`GET /api/tasks/${id}/approval`, { token: operator }))
      .body
    expect(mayDecide).toBe(false)
    const json = { digest, reason: 'not today' }
    const refused = await ask(`POST /api/tasks/${id}/reject`, { token: operator, json })
    expect(refused.status).toBe(403)
    expect(refused.body.detail).toContain(
      `by the token 'release' and the role 'admin', not by 'bob'`,
    )
    const done = await ask(`POST /api/tasks/${id}/reject`, { token: release, json })
    expect(done.body.state).toBe('cancelled')
    const { body } = await ask(`GET /api/tasks/${id}`)
    expect([body.state, body.reason]).toEqual(['cancelled', 'rejected by release: not today'])
  })

  it.each([
    [['release'], "the token 'release'", "Use the token 'release'."],
    [['ada', 'bob'], "the tokens 'ada', 'bob'", "Use the token 'ada' or 'bob'."],
    [
      ['release', 'admin'],
      "the token 'release' and the role 'admin'",
      "Use the token 'release', or one with the role 'admin'.",
    ],
    [['admin'], "the role 'admin'", "Use a token with the role 'admin'."],
    [['oidc:ann@acme.io'], "'oidc:ann@acme.io'", "Sign in as 'oidc:ann@acme.io'."],
    [
      ['oidc:ann@acme.io', 'release', 'admin'],
      "the token 'release' and 'oidc:ann@acme.io' and the role 'admin'",
      "Sign in as 'oidc:ann@acme.io', or use the token 'release', or one with the role 'admin'.",
    ],
    [['viewer', 'operator'], null, null],
    [
      ['operator'],
      "the role 'operator' or a higher one",
      "Use a token with the role 'operator' or a higher one.",
    ],
    [null, "the role 'admin'", "Use a token with the role 'admin'."],
  ] as const)('says who may decide: %j', async (by, who, remedy) => {
    const rules = [{ on: 'box', run: 'deploy', approval: { by: by ?? ['ada'] } }]
    const { ask, id, app, services, change } = await openHeld({ ...CONFIG, rules })
    const [rule] = services.config().rules
    if (by === null) change({ rules: [] })
    const token = await makeToken({ app }, 'eve', { role: 'viewer' })
    const { digest, ruleGone } = (await ask(`GET /api/tasks/${id}/approval`)).body
    expect(ruleGone).toBe(by === null)
    const { status, body } = await ask(`POST /api/tasks/${id}/approve`, { token, json: { digest } })
    if (who === null) return expect(status).toBe(200)
    const gone =
      by === null ? `. The config has no rule '${rule?.id}' that asks for an approval any more` : ''
    expect([status, body.detail, body.remedy]).toEqual([
      403,
      `Task ${id} can be approved by ${who}, not by 'eve' with the role 'viewer'${gone}`,
      remedy,
    ])
  })

  it('is not pinned to another task, nor to another wait of the same one', async () => {
    const { ask, id, send } = await openHeld()
    const other = await send()
    const { digest } = (await ask(`GET /api/tasks/${id}/approval`)).body
    expect((await ask(`POST /api/tasks/${other}/approve`, { json: { digest } })).status).toBe(409)
    await ask(`POST /api/tasks/${id}/reject`, { json: { digest } })
    await ask(`POST /api/tasks/${id}/retry`)
    const asked = (await ask(`GET /api/tasks/${id}`)).body
    expect([asked.state, asked.approval.state]).toEqual(['waiting', 'pending'])
    expect((await ask(`POST /api/tasks/${id}/approve`, { json: { digest } })).status).toBe(409)
  })
})
