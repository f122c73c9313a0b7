import { bitbucket, circleci, gitea, vercel } from 'hookline/sources'
import { makeContext, makeDelivery, type SourceAdapter, testSource } from 'hookline/testing'
import { describe, expect, it } from 'vitest'
import { macOf } from '../vendor-signer.ts'
import { BITBUCKET_SAMPLES, CIRCLECI_SAMPLES, GITEA_SAMPLES, VERCEL_SAMPLES } from './samples.ts'

const shared = {
  secrets: ['a first secret', 'zweites Geheimnis äöü'],
  options: (secret: readonly string[]) => ({ secret }),
  coversBody: true,
} as const

// None of these vendors publishes a signer: each is a line from its documents.
const adapters: Readonly<Record<string, SourceAdapter>> = {
  bitbucket: {
    ...shared,
    definition: bitbucket.definition,
    sign: ({ event, id, body }, secret) => ({
      'X-Event-Key': event,
      'X-Request-UUID': id,
      'X-Hub-Signature': `sha256=${macOf('sha256', secret, 'hex')(body)}`,
    }),
    proofHeader: 'X-Hub-Signature',
    samples: BITBUCKET_SAMPLES,
  },
  gitea: {
    ...shared,
    definition: gitea.definition,
    sign: ({ event, id, body }, secret) => ({
      'X-Gitea-Event': event,
      'X-Gitea-Delivery': id,
      'X-Gitea-Signature': macOf('sha256', secret, 'hex')(body),
      'X-GitHub-Event': event,
    }),
    proofHeader: 'X-Gitea-Signature',
    samples: GITEA_SAMPLES,
  },
  circleci: {
    ...shared,
    definition: circleci.definition,
    sign: ({ event, body }, secret) => ({
      'circleci-event-type': event,
      'circleci-signature': `v1=${macOf('sha256', secret, 'hex')(body)}`,
    }),
    proofHeader: 'circleci-signature',
    samples: CIRCLECI_SAMPLES,
  },
  vercel: {
    ...shared,
    definition: vercel.definition,
    sign: ({ body }, secret) => ({ 'x-vercel-signature': macOf('sha1', secret, 'hex')(body) }),
    proofHeader: 'x-vercel-signature',
    samples: VERCEL_SAMPLES,
  },
}

for (const [name, adapter] of Object.entries(adapters)) {
  describe(name, () => testSource({ describe, it }, adapter))
}

const json = { 'content-type': 'application/json' }

describe('vectors that vendors publish', () => {
  it.each([
    [
      'bitbucket',
      bitbucket.definition.create({ secret: ["It's a Secret to Everybody"] }, makeContext()),
      'X-Hub-Signature',
      'sha256=a4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9',
      'Hello World!',
    ],
    [
      'circleci',
      circleci.definition.create({ secret: ['secret'] }, makeContext()),
      'circleci-signature',
      'v1=734cc62f32841568f45715aeb9f4d7891324e6d948e4c6c60c0621cdac48623a',
      'hello world',
    ],
  ])('%s', (_, source, header, signature, body) => {
    const headers = { [header]: signature }
    expect(source.verify(makeDelivery({ headers, body }))).toEqual({ ok: true })
    expect(source.verify(makeDelivery({ headers, body: `${body}!` }))).toMatchObject({ ok: false })
  })
})

describe('bitbucket', () => {
  const source = bitbucket.definition.create({ secret: ['s'] }, makeContext())

  it.each([
    ['X-Request-UUID', 'of-cloud'],
    ['X-Request-Id', 'of-data-center'],
  ])('takes its id from %s', async (header, id) => {
    const headers = { ...json, 'X-Event-Key': 'diagnostics:ping', [header]: id }
    const events = await source.parse(makeDelivery({ headers, body: '{"test":true}' }))
    expect(events).toMatchObject([{ type: 'diagnostics:ping', id }])
  })

  it('tells of a deleted branch', async () => {
    const old = { type: 'branch', name: 'quay', target: { hash: 'abc' } }
    const body = JSON.stringify({ push: { changes: [{ old, new: null }] } })
    const headers = { ...json, 'X-Event-Key': 'repo:push' }
    const [event] = await source.parse(makeDelivery({ headers, body }))
    expect(event?.facts).toMatchObject({ branch: 'quay', commit: null, before: 'abc' })
  })
})

describe('gitea', () => {
  const source = gitea.definition.create({ secret: ['s'] }, makeContext())
  const signature = macOf('sha256', 's', 'hex')('{}')

  it('takes the headers of Forgejo alone', async () => {
    const headers = {
      ...json,
      'X-Forgejo-Event': 'push',
      'X-Forgejo-Delivery': 'forged-well',
      'X-Forgejo-Signature': signature,
    }
    const delivery = makeDelivery({ headers, body: '{}' })
    expect(source.verify(delivery)).toEqual({ ok: true })
    expect(await source.parse(delivery)).toMatchObject([{ type: 'push', id: 'forged-well' }])
  })

  it("does not fall back on Forgejo's signature where Gitea's is wrong", () => {
    const headers = { 'X-Gitea-Signature': 'ab'.repeat(32), 'X-Forgejo-Signature': signature }
    expect(source.verify(makeDelivery({ headers, body: '{}' }))).toMatchObject({ ok: false })
  })
})

describe('circleci', () => {
  it('takes one good signature of several, and passes over other versions', () => {
    const source = circleci.definition.create({ secret: ['s'] }, makeContext())
    const verdictOf = (signature: string) =>
      source.verify(makeDelivery({ headers: { 'circleci-signature': signature }, body: '{}' }))
    const good = macOf('sha256', 's', 'hex')('{}')
    expect(verdictOf(`v2=abcd,v1=${'0'.repeat(64)},v1=${good}`)).toEqual({ ok: true })
    expect(verdictOf(`v2=${good}`)).toMatchObject({ ok: false })
  })
})
