import { asana, dropbox, telegram, twitch, x, zendesk } from 'hookline/sources'
import { makeContext, makeDelivery } from 'hookline/testing'
import { describe, expect, it } from 'vitest'
import type { SourceInstance } from '../../../core/contracts/source.ts'

const SECRET = ['secret of the tests']
const headers = { 'content-type': 'application/json', 'x-zendesk-webhook-invocation-id': 'inv-1' }

const SOURCES: Readonly<Record<string, SourceInstance>> = {
  asana: asana.definition.create({ secret: SECRET }, makeContext()),
  dropbox: dropbox.definition.create({ secret: SECRET }, makeContext()),
  telegram: telegram.definition.create({ token: SECRET }, makeContext()),
  twitch: twitch.definition.create({ secret: SECRET }, makeContext()),
  x: x.definition.create({ secret: SECRET }, makeContext()),
  zendesk: zendesk.definition.create({ secret: SECRET }, makeContext()),
}

async function parse(source: string, payload: unknown) {
  const body = JSON.stringify(payload)
  return (await SOURCES[source]?.parse(makeDelivery({ headers, body }))) ?? []
}

describe('sources that send batches or several forms', () => {
  it.each([
    ['asana', { events: [] }, []],
    [
      'asana',
      {
        events: [
          { action: 'added', resource: { resource_type: 'task' } },
          { action: 'removed', resource: { resource_type: 'story' } },
        ],
      },
      ['task.added', 'story.removed'],
    ],
    [
      'dropbox',
      { list_folder: { accounts: ['a', 'b'], teams: { t: ['m'] } } },
      ['list_folder', 'list_folder', 'list_folder'],
    ],
    ['dropbox', { other: true }, ['list_folder']],
    [
      'x',
      { for_user_id: '1', favorite_events: [{}, {}], follow_events: [{}] },
      ['favorite', 'favorite', 'follow'],
    ],
    ['x', { user_event: { revoke: {} } }, ['user_event']],
    ['x', { data: { event_type: 'profile.update.bio', event_uuid: 'u' } }, ['profile.update.bio']],
    ['x', { data: { id: '9', text: 'Hi' }, matching_rules: [{ tag: 't' }] }, ['filtered_stream']],
    ['x', { for_user_id: '1' }, []],
    ['telegram', { update_id: 1, callback_query: { data: 'yes' } }, ['callback_query']],
    ['telegram', { update_id: 1, something_new: {} }, ['something_new']],
    ['twitch', { subscription: { status: 'enabled', type: 'a' }, challenge: 'c' }, []],
    [
      'twitch',
      { subscription: { status: 'user_removed', type: 'channel.follow' } },
      ['revocation'],
    ],
    ['zendesk', { any: 'thing' }, ['trigger']],
    ['zendesk', { type: 'zen:event-type:user.deleted', id: 'e' }, ['user.deleted']],
  ])('%s: %j is %j', async (source, payload, types) => {
    expect((await parse(source, payload)).map(({ type }) => type)).toEqual(types)
  })

  it('gives each entry its own id, and the same again', async () => {
    const payload = { favorite_events: [{ id: 1 }, { id: 2 }], for_user_id: '1' }
    const ids = (await parse('x', payload)).map(({ id }) => id)
    expect(new Set(ids).size).toBe(2)
    expect((await parse('x', payload)).map(({ id }) => id)).toEqual(ids)
  })

  it('gives each event of X a payload as if it had come alone', async () => {
    const payload = { favorite_events: [{ id: 1 }, { id: 2 }], for_user_id: '1' }
    const payloads = (await parse('x', payload)).map((event) => event.payload)
    expect(payloads).toEqual([
      { for_user_id: '1', favorite_events: [{ id: 1 }] },
      { for_user_id: '1', favorite_events: [{ id: 2 }] },
    ])
  })

  it('takes equal notifications of Dropbox for different ones', async () => {
    expect(await parse('dropbox', { list_folder: { accounts: ['a'] } })).toMatchObject([
      { id: null, facts: { account: 'a', team: null } },
    ])
    expect(await parse('dropbox', { list_folder: { teams: { t: ['m'] } } })).toMatchObject([
      { id: null, facts: { account: 'm', team: 't' } },
    ])
  })

  it('takes the id of a trigger of Zendesk from its invocation', async () => {
    expect((await parse('zendesk', { any: 'thing' }))[0]?.id).toBe('inv-1')
  })

  it('says why Twitch revoked a subscription', async () => {
    const subscription = { id: 's', status: 'user_removed', type: 'channel.follow' }
    expect((await parse('twitch', { subscription }))[0]?.facts).toEqual({
      subscription: 's',
      subscription_type: 'channel.follow',
      status: 'user_removed',
    })
  })
})
