import { createHmac } from 'node:crypto'
import { createRequire } from 'node:module'
import { sign as octokitSign } from '@octokit/webhooks-methods'
import { github } from 'hookline/sources'
import { makeContext, makeDelivery, type SourceAdapter, testSource } from 'hookline/testing'
import { describe, expect, it } from 'vitest'
import type { GithubPayloads } from '../../../plugins/sources/github/index.ts'

interface Examples {
  readonly name: string
  readonly examples: readonly {
    readonly action?: string
    readonly repository?: { readonly full_name: string }
  }[]
}

// A JSON file, whose types would be far too many.
const examples: readonly Examples[] = createRequire(import.meta.url)('@octokit/webhooks-examples')
const SECRET = "It's a Secret to Everybody"

// Octokit's signer takes no empty text and no bytes; for those, three lines from GitHub's documents.
async function sign(body: Uint8Array, secret: string): Promise<string> {
  const text = Buffer.from(body).toString()
  const isText = text !== '' && Buffer.from(text).equals(body)
  if (isText) return await octokitSign(secret, text)
  return `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`
}

const pushed = examples.find(({ name }) => name === 'push')?.examples[4]
const opened = examples.find(({ name }) => name === 'pull_request')?.examples[0]

const adapter: SourceAdapter = {
  definition: github.definition,
  secrets: [SECRET, 'another secret, rotated in'],
  options: (secret) => ({ secret }),
  sign: async ({ event, id, body }, secret) => ({
    'X-GitHub-Event': event,
    'X-GitHub-Delivery': id,
    'X-Hub-Signature-256': await sign(body, secret),
  }),
  proofHeader: 'X-Hub-Signature-256',
  coversBody: true,
  samples: [
    {
      event: 'push',
      body: JSON.stringify(pushed),
      type: 'push',
      facts: {
        event_name: 'push',
        action: null,
        ref: 'refs/heads/master',
        branch: 'master',
        tag: null,
        commit: '6113728f27ae82c7b1a177c8d03f9e96e0adf246',
        repository: 'Codertocat/Hello-World',
        owner: 'Codertocat',
        sender: 'Codertocat',
        pusher: 'Codertocat',
        deleted: false,
        default_branch: 'master',
      },
    },
    {
      event: 'pull_request',
      body: JSON.stringify(opened),
      type: 'pull_request.opened',
      facts: { action: 'opened', number: 2, branch: 'changes', base: 'master', state: 'open' },
    },
    {
      event: 'push',
      body: new URLSearchParams({ payload: JSON.stringify(pushed) }).toString(),
      contentType: 'application/x-www-form-urlencoded; charset=utf-8',
      type: 'push',
      facts: { branch: 'master' },
    },
  ],
}

testSource({ describe, it }, adapter)

describe('github', () => {
  const source = github.definition.create({ secret: [SECRET] }, makeContext())
  const parse = async (headers: Record<string, string>, body: string) =>
    await source.parse(
      makeDelivery({ headers: { 'content-type': 'application/json', ...headers }, body }),
    )

  it('accepts the vector that GitHub publishes', () => {
    const signature = '757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17'
    const headers = { 'X-Hub-Signature-256': `sha256=${signature}` }
    expect(source.verify(makeDelivery({ headers, body: 'Hello, World!' }))).toEqual({ ok: true })
    expect(source.verify(makeDelivery({ headers, body: 'Hello, World?' }))).toEqual({
      ok: false,
      reason: 'signature does not match any secret',
    })
  })

  it('does not take the older SHA-1 signature', () => {
    const mac = createHmac('sha1', SECRET).update('{}').digest('hex')
    const headers = { 'X-Hub-Signature': `sha1=${mac}`, 'X-Hub-Signature-256': `sha1=${mac}` }
    expect(source.verify(makeDelivery({ headers, body: '{}' }))).toMatchObject({
      ok: false,
    })
  })

  it('takes every example payload, signed by octokit', async () => {
    let count = 0
    for (const { name, examples: payloads } of examples) {
      for (const payload of payloads) {
        const body = JSON.stringify(payload)
        const delivery = makeDelivery({
          body,
          headers: {
            'Content-Type': 'application/json',
            'X-GitHub-Event': name,
            'X-GitHub-Delivery': `delivery-${count}`,
            'X-Hub-Signature-256': await octokitSign(SECRET, body),
          },
        })
        expect(source.verify(delivery), name).toEqual({ ok: true })
        const [event, ...others] = await source.parse(delivery)
        expect(others).toEqual([])
        const action = payload.action === undefined ? '' : `.${payload.action}`
        expect(event?.type).toBe(name + action)
        expect(event?.id).toBe(`delivery-${count}`)
        expect(event?.payload).toBe(delivery.json())
        expect(event?.facts['event_name']).toBe(name)
        expect(github.definition.events).toHaveProperty(name)
        if (payload.repository) {
          expect(event?.facts['repository']).toBe(payload.repository.full_name)
        }
        count++
      }
    }
    expect(count).toBe(329)
  })

  it.each([
    ['push of a tag', 'push', { ref: 'refs/tags/v1' }, { branch: null, tag: 'v1' }],
    ['ping', 'ping', { zen: 'Be.', hook_id: 7 }, { zen: 'Be.', hook_id: 7, repository: null }],
    ['create', 'create', { ref: 'x', ref_type: 'branch' }, { branch: 'x', tag: null }],
    ['a comment on an issue', 'issue_comment', { issue: {} }, { is_pull_request: false }],
    ['a wrong type', 'push', { ref: ['main'], created: 'yes' }, { ref: null, created: null }],
  ])('reads the facts of %s', async (_, name, payload, facts) => {
    const [event] = await parse({ 'x-github-event': name }, JSON.stringify(payload))
    expect(event?.facts).toMatchObject(facts)
  })

  it('writes the characters of an action that a type cannot have as `_`', async () => {
    const [event] = await parse(
      { 'x-github-event': 'repository_dispatch' },
      '{"action":"build & deploy"}',
    )
    expect(event?.type).toBe('repository_dispatch.build_deploy')
    expect(event?.facts['action']).toBe('build & deploy')
  })

  it.each([
    ['no event header', {}, '{}'],
    ['an event header that is no name', { 'x-github-event': 'ä' }, '{}'],
    ['no object', { 'x-github-event': 'push' }, '[]'],
    [
      'a form without payload',
      { 'x-github-event': 'push', 'content-type': 'application/x-www-form-urlencoded' },
      'a=1',
    ],
  ])('cannot parse %s', async (_, headers, body) => {
    await expect(parse(headers, body)).rejects.toMatchObject({ code: 'delivery_unparsable' })
  })

  it('names the type of each payload', () => {
    const branchOf = (payload: GithubPayloads['push']): string => payload.ref
    const numberOf = (payload: GithubPayloads['pull_request.opened']): number => payload.number
    const actionOf = (payload: GithubPayloads['pull_request.closed']): 'closed' => payload.action
    // @ts-expect-error There is no such action.
    type None = GithubPayloads['pull_request.exploded']
    const none: None | null = null
    expect([branchOf, numberOf, actionOf].map((read) => typeof read)).not.toContain(none)
  })
})
