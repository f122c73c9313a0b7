import { asana, bitbucket, gitlab, hubspot, msgraph, twitch, x } from 'hookline/sources'
import { makeContext, makeDelivery } from 'hookline/testing'
import { describe, expect, it } from 'vitest'
import type { SourceInstance } from '../../../core/contracts/source.ts'
import { openApp } from '../../core/api/app.ts'
import { macOf } from './vendor-signer.ts'

const SECRET = ['secret of the tests']
const context = makeContext()
const SOURCES: Readonly<Record<string, SourceInstance>> = {
  asana: asana.definition.create({ secret: SECRET }, context),
  bitbucket: bitbucket.definition.create({ secret: SECRET }, context),
  gitlab: gitlab.definition.create({ token: SECRET }, context),
  hubspot: hubspot.definition.create({ secret: SECRET }, context),
  msgraph: msgraph.definition.create({ clientState: SECRET }, context),
  twitch: twitch.definition.create({ secret: SECRET }, context),
  x: x.definition.create({ secret: SECRET }, context),
}

async function parse(name: string, payload: unknown, headers: Record<string, string> = {}) {
  const delivery = makeDelivery({
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(payload),
  })
  return (await SOURCES[name]?.parse(delivery)) ?? []
}

// From https://confluence.atlassian.com/bitbucketserver/event-payload-938025882.html
const refs = (...names: readonly string[]) => ({
  eventKey: 'repo:refs_changed',
  actor: { name: 'admin' },
  repository: { slug: 'repository', project: { key: 'PROJ' } },
  changes: names.map((displayId) => ({
    ref: { id: `refs/heads/${displayId}`, displayId, type: 'BRANCH' },
    refId: `refs/heads/${displayId}`,
    fromHash: 'ecddabb624f6f5ba43816f5926e580a5f680a932',
    toHash: '178864a7d521b6f5e720b386b2c2b0ef8563e0dc',
    type: 'UPDATE',
  })),
})
const DATA_CENTER = { 'X-Event-Key': 'repo:refs_changed', 'X-Request-Id': 'req-1' }

// From https://support.atlassian.com/bitbucket-cloud/docs/event-payloads/#Push
const pushed = (...names: readonly string[]) => ({
  actor: { nickname: 'ada' },
  repository: { full_name: 'team/harbor' },
  push: {
    changes: names.map((name) => ({
      new: { type: 'branch', name, target: { hash: `new of ${name}`, message: 'm' } },
      old: { type: 'branch', name, target: { hash: `old of ${name}` } },
      created: false,
      closed: false,
    })),
  },
})
const CLOUD = { 'X-Event-Key': 'repo:push', 'X-Request-UUID': 'req-1' }

describe('several changes in one delivery of bitbucket', () => {
  it.each([
    ['Cloud', pushed('a', 'master'), CLOUD, pushed('a'), pushed('master')],
    ['Data Center', refs('a', 'master'), DATA_CENTER, refs('a'), refs('master')],
  ])('are an event each: %s', async (_, body, headers, ...alone) => {
    const events = await parse('bitbucket', body, headers)
    expect(events.map(({ id, facts }) => [id, facts['branch']])).toEqual([
      ['req-1:0', 'a'],
      ['req-1:1', 'master'],
    ])
    expect(events.map(({ payload }) => payload)).toEqual(alone)
    expect(await parse('bitbucket', body, headers)).toEqual(events)
  })

  it('keep the id and the payload of the delivery where there is one', async () => {
    for (const [body, headers] of [
      [pushed('a'), CLOUD],
      [refs('a'), DATA_CENTER],
      [{ push: { changes: [] } }, CLOUD],
    ] as const) {
      expect(await parse('bitbucket', body, headers)).toMatchObject([
        { id: 'req-1', payload: body },
      ])
    }
  })

  it('start a rule on any of them once', async () => {
    const { app } = await openApp({
      sources: { bitbucket: { use: 'bitbucket', options: { secret: 'a secret of bitbucket' } } },
      programs: { run: { use: 'subprocess', options: { command: ['true'] } } },
      rules: [{ on: 'bitbucket', when: "branch == 'master'", run: 'run' }],
    })
    for (const [payload, sent] of [
      [pushed('a', 'master'), CLOUD],
      [refs('a', 'master'), DATA_CENTER],
    ] as const) {
      const body = JSON.stringify(payload)
      const headers = {
        ...sent,
        'content-type': 'application/json',
        'X-Hub-Signature': `sha256=${macOf('sha256', 'a secret of bitbucket', 'hex')(body)}`,
        'X-Request-UUID': sent['X-Event-Key'],
      }
      const answer = await app.request('/api/webhooks/bitbucket', { method: 'POST', headers, body })
      expect(await answer.json()).toMatchObject({ tasks: [{ rule: expect.any(String) }] })
    }
  })
})

// From https://docs.gitlab.com/administration/system_hooks/#repository-update-events
const update = (...names: readonly string[]) => ({
  event_name: 'repository_update',
  project: { path_with_namespace: 'team/harbor' },
  changes: names.map((name) => ({
    before: '8205ea8d81ce0c6b90fbe8280d118cc9fdad6130',
    after: '0000000000000000000000000000000000000000',
    ref: `refs/heads/${name}`,
  })),
  refs: names.map((name) => `refs/heads/${name}`),
})

describe('several changes in one delivery of other senders', () => {
  it('of gitlab: the refs of a repository update', async () => {
    const headers = { 'X-Gitlab-Event': 'System Hook', 'Idempotency-Key': 'key' }
    const events = await parse('gitlab', update('a', 'master'), headers)
    expect(events).toMatchObject([
      { id: 'key:0', payload: update('a'), facts: { branch: 'a', deleted: true } },
      { id: 'key:1', payload: update('master'), facts: { branch: 'master' } },
    ])
    expect(await parse('gitlab', update('a'), headers)).toMatchObject([{ id: 'key' }])
  })

  it('of twitch: the grants of drops, by the ids of the grants', async () => {
    const grant = (id: string) => ({ id, data: { user_login: id, entitlement_id: `e${id}` } })
    const subscription = { status: 'enabled', type: 'drop.entitlement.grant' }
    const events = await parse('twitch', { subscription, events: [grant('1'), grant('2')] })
    expect(events).toMatchObject([
      { id: '1', facts: { sender: '1', entitlement: 'e1' } },
      { id: '2', payload: { subscription, events: [grant('2')] } },
    ])
  })

  it('of hubspot: the one object that a workflow sends', async () => {
    const body = { portalId: 1, objectType: 'CONTACT', objectId: 5 }
    const [event, ...others] = await parse('hubspot', body)
    expect(others).toEqual([])
    expect(event).toMatchObject({
      type: 'workflow.CONTACT',
      id: null,
      payload: body,
      facts: { object_id: 5, portal: 1, object_type: 'CONTACT' },
    })
  })

  it('of hubspot: the id of an action that an app adds to workflows', async () => {
    // From https://developers.hubspot.com/docs/api-reference/automation-actions-v4-v4/guide
    const body = {
      callbackId: 'ap-102670506-56776413549-7-0',
      origin: { portalId: 102670506, actionDefinitionId: 10646377 },
      context: { source: 'WORKFLOWS', workflowId: 192814114 },
      object: { objectId: 904, properties: { email: 'ada@example.com' }, objectType: 'CONTACT' },
      inputFields: { widgetName: 'My name' },
    }
    expect(await parse('hubspot', body)).toMatchObject([
      {
        type: 'workflow.CONTACT',
        id: 'ap-102670506-56776413549-7-0',
        facts: { object_id: 904, portal: 102670506, object_type: 'CONTACT' },
      },
    ])
  })

  it('of hubspot: two associations of one event', async () => {
    const change = (toObjectId: number) => ({
      subscriptionType: 'contact.associationChange',
      eventId: 1,
      subscriptionId: 2,
      occurredAt: 3,
      fromObjectId: 4,
      toObjectId,
    })
    const events = await parse('hubspot', [change(5), change(6)])
    expect(events.map(({ id }) => id)).toEqual(['1:2:4-5:3', '1:2:4-6:3'])
  })

  it('of x: what is said of the whole delivery is no event', async () => {
    const body = { for_user_id: '1', is_blocked_by: true, tweet_create_events: [{ id_str: '2' }] }
    expect(await parse('x', body)).toMatchObject([
      { type: 'tweet_create', id: '1:tweet_create_events:2' },
    ])
  })

  it('of hubspot: ids above 2^53', async () => {
    const body = Buffer.from('[{"subscriptionType":"contact.creation","eventId":9007199254740993}]')
    const delivery = makeDelivery({ headers: { 'content-type': 'application/json' }, body })
    const [event] = (await SOURCES['hubspot']?.parse(delivery)) ?? []
    expect(event?.id).toMatch(/^9007199254740993:/)
  })
})

describe('events that are sent again in another cut', () => {
  const entry = (gid: string) => ({
    action: 'changed',
    created_at: '2026-01-15T12:00:00.123Z',
    resource: { gid, resource_type: 'task' },
  })
  const post = (id_str: string) => ({ id: 10, id_str, text: 'hello' })
  const follow = (id: string) => ({ type: 'follow', created_timestamp: '1', source: { id } })
  const change = (id: string) => ({ changeType: 'created', resource: 'r', resourceData: { id } })

  it.each([
    ['asana', (...ids: string[]) => ({ events: ids.map(entry) })],
    ['x', (...ids: string[]) => ({ for_user_id: '1', tweet_create_events: ids.map(post) })],
    ['x', (...ids: string[]) => ({ for_user_id: '1', follow_events: ids.map(follow) })],
    ['msgraph', (...ids: string[]) => ({ value: ids.map(change) })],
  ])('keep their ids: %s', async (name, bodyOf) => {
    const idsOf = async (...ids: string[]) =>
      (await parse(name, bodyOf(...ids))).map(({ id }) => id)
    const [first, second, third] = await idsOf('1', '2', '3')
    expect(new Set([first, second, third]).size).toBe(3)
    expect(await idsOf('3')).toEqual([third])
    expect(await idsOf('2', '1')).toEqual([second, first])
  })

  it('are told apart where one delivery holds equal ones', async () => {
    const events = await parse('asana', { events: [entry('1'), entry('1')] })
    expect(new Set(events.map(({ id }) => id)).size).toBe(2)
  })

  it('are events of each account of X that they are sent for', async () => {
    const bodies = ['1', '2'].map((for_user_id) => ({
      for_user_id,
      tweet_create_events: [post('9')],
    }))
    const ids = await Promise.all(bodies.map(async (body) => (await parse('x', body))[0]?.id))
    expect(new Set(ids).size).toBe(2)
  })

  it('have no id where Graph says the same of two changes', async () => {
    // Of a OneDrive: no id, no tag, nothing that changes.
    const drive = { subscriptionId: 's', changeType: 'updated', resource: 'me/drive/root' }
    expect(await parse('msgraph', { value: [drive] })).toMatchObject([{ id: null }])
    const mail = { ...drive, resourceData: { id: 'm', '@odata.etag': 'W/"1"' } }
    const [event] = await parse('msgraph', { value: [mail] })
    expect(event?.id).toMatch(/^sha256:/)
  })
})
