import { dockerhub } from 'hookline/sources'
import { makeContext, makeDelivery, testSource } from 'hookline/testing'
import { describe, expect, it } from 'vitest'
import { DOCKERHUB_SAMPLES } from './batch-samples.ts'

// Docker Hub signs nothing: the proof is the URL that its user gave it.
testSource(
  { describe, it },
  {
    definition: dockerhub.definition,
    secrets: ['a first secret & more', 'zweites Geheimnis äöü'],
    options: (token) => ({ token }),
    embedProof: (draft, secret) => {
      const url = new URL(draft.url)
      url.searchParams.set('token', secret)
      return { ...draft, url: url.href }
    },
    sign: () => ({}),
    proofQuery: 'token',
    coversBody: false,
    samples: DOCKERHUB_SAMPLES,
  },
)

describe('dockerhub', () => {
  const { options, create } = dockerhub.definition

  it('is unverified only where that is asked for by name', () => {
    expect(options.safeParse({ unverified: false }).success).toBe(false)
    expect(options.safeParse({ unverified: true, token: 't' }).success).toBe(false)
    const source = create(options.parse({ unverified: true }), makeContext())
    expect(source.verify(makeDelivery({ body: '{}' }))).toEqual({ ok: true })
    const draft = { event: 'push', id: '1', url: 'http://localhost/x', body: Buffer.from('{}') }
    expect(source.embedProof?.({ ...draft, sentAt: new Date() })?.url).toBe('http://localhost/x')
  })

  it('gives each push an id of its own, and a repeated one the same', async () => {
    const source = create(options.parse({ token: 't' }), makeContext())
    const idOf = async (body: string) => {
      const headers = { 'content-type': 'application/json' }
      const [event] = await source.parse(makeDelivery({ headers, body }))
      return event?.id
    }
    expect(await idOf('{"callback_url":"a"}')).toBe(await idOf('{"callback_url":"a"}'))
    expect(await idOf('{"callback_url":"a"}')).not.toBe(await idOf('{"callback_url":"b"}'))
  })
})
