import { msgraph } from 'hookline/sources'
import { makeContext, makeDelivery, testSource } from 'hookline/testing'
import { describe, expect, it } from 'vitest'
import { changed } from './changed-body.ts'

const json = { 'content-type': 'application/json' }

describe('msgraph', () => {
  const entry = {
    subscriptionId: '7f105c7d',
    changeType: 'created',
    resource: 'users/48d31887/messages/AAMk',
    resourceData: { '@odata.type': '#Microsoft.Graph.Message', id: 'AAMk' },
    tenantId: '84bd8158',
  }
  testSource(
    { describe, it },
    {
      definition: msgraph.definition,
      secrets: ['first-client-state', 'second-client-state'],
      options: (clientState) => ({ clientState }),
      // By hand, from https://learn.microsoft.com/graph/change-notifications-delivery-webhooks
      embedProof: (draft, clientState) =>
        changed(draft, (body) => {
          const value = (body['value'] as object[] | undefined) ?? []
          return { ...body, value: value.map((each) => ({ ...each, clientState })) }
        }),
      sign: () => ({}),
      proofField: { name: 'value.0.clientState', covers: [] },
      coversBody: false,
      samples: [
        {
          event: 'created',
          body: JSON.stringify({ value: [entry] }),
          type: 'created',
          facts: { resource_id: 'AAMk', resource_type: '#Microsoft.Graph.Message' },
        },
      ],
    },
  )

  const source = msgraph.definition.create({ clientState: ['state'] }, makeContext())

  it('refuses a batch where one notification has another state', () => {
    const verdictOf = (...states: readonly unknown[]) => {
      const value = states.map((clientState) => ({ ...entry, clientState }))
      return source.verify(makeDelivery({ body: JSON.stringify({ value }) }))
    }
    expect(verdictOf('state', 'state')).toEqual({ ok: true })
    for (const states of [['state', 'other'], ['state', undefined], [['state']], []]) {
      expect(verdictOf(...states)).toMatchObject({ ok: false })
    }
  })

  it('gives one event per notification, each with its own id', async () => {
    const value = [entry, { ...entry, id: 'own' }, { lifecycleEvent: 'missed' }]
    const body = JSON.stringify({ value })
    const events = await source.parse(makeDelivery({ headers: json, body }))
    expect(events.map(({ type }) => type)).toEqual(['created', 'created', 'lifecycle.missed'])
    expect(new Set(events.map(({ id }) => id)).size).toBe(3)
    expect(events[1]?.id).toBe('own')
  })
})
