import { generateKeyPairSync } from 'node:crypto'
import { createRequire } from 'node:module'
import { github } from 'hookline/sources'
import { makeContext, makeDelivery } from 'hookline/testing'
import { describe, expect, it } from 'vitest'
import { builtInSources } from '../../../../core/config/modules/built-in.ts'
import { CODE } from './code.ts'
import { COMMERCE } from './commerce.ts'
import { MAIL } from './mail.ts'
import { MESSAGES } from './messages.ts'
import { PAYMENTS } from './payments.ts'
import type { FactSample } from './sample.ts'
import { WORK } from './work.ts'

interface Recorded {
  readonly name: string
  readonly examples: readonly unknown[]
}
// A JSON file, whose types would be far too many.
const recorded: readonly Recorded[] = createRequire(import.meta.url)('@octokit/webhooks-examples')

const SAMPLES = [...PAYMENTS, ...COMMERCE, ...CODE, ...WORK, ...MESSAGES, ...MAIL]
const definitions = new Map(
  (await builtInSources()).map((definition) => [definition.name, definition]),
)

const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const WHSEC = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
/** Options of sources that need more than a secret. */
const OPTIONS: Readonly<Record<string, object>> = {
  adyen: { hmacKey: 'ab'.repeat(32) },
  alertmanager: { bearer: 'token' },
  cloudevents: { token: 'token' },
  discord: { publicKey: 'ab'.repeat(32) },
  dockerhub: { token: 'token' },
  gitlab: { token: 'token' },
  meta: { appSecret: 'secret', verifyToken: 'token' },
  msgraph: { clientState: 'state' },
  msteams: { secret: 'c2VjcmV0' },
  notion: { token: 'secret_token' },
  sendgrid: { publicKey: publicKey.export({ format: 'der', type: 'spki' }).toString('base64') },
  sns: { topics: 'arn:aws:sns:us-east-1:123456789012:builds' },
  standardwebhooks: { secret: WHSEC },
  svix: { secret: WHSEC },
  telegram: { token: 'token' },
  twilio: { authToken: 'token' },
}

async function eventsOf({ source, body, headers }: FactSample) {
  const definition = definitions.get(source)
  if (definition === undefined) throw new Error(`There is no source ${source}.`)
  const options = definition.options.parse(OPTIONS[source] ?? { secret: 'secret' })
  const json = JSON.stringify(body)
  const isForm = headers?.['content-type'] === 'application/x-www-form-urlencoded'
  return await definition.create(options, makeContext()).parse(
    makeDelivery({
      headers: { 'content-type': 'application/json', ...headers },
      body: isForm ? new URLSearchParams({ payload: json }).toString() : json,
    }),
  )
}

describe('the documented facts of an event', () => {
  it.each(SAMPLES)('$source $type lacks $nulls', async (sample) => {
    const [event, ...others] = await eventsOf(sample)
    expect(others).toEqual([])
    expect(event?.type).toBe(sample.type)
    expect(event?.facts).toMatchObject(sample.facts ?? {})
    const nulls = Object.entries(event?.facts ?? {}).filter(([, value]) => value === null)
    expect(nulls.map(([name]) => name).toSorted()).toEqual(sample.nulls.toSorted())
  })

  it('are looked at for every source', () => {
    const looked = new Set([...SAMPLES.map(({ source }) => source), 'github'])
    // The facts of `custom` are those of its options, and nobody sends to `schedule`.
    const missing = [...definitions.keys()].filter((name) => !looked.has(name))
    expect(missing).toEqual(['custom', 'schedule'])
  })
})

/** Facts that no recorded delivery of GitHub has; other events lack only `action` and `organization`. */
const NEVER: Readonly<Record<string, readonly string[]>> = {
  // All of them are about tags.
  create: ['branch'],
  delete: ['branch'],
  // An app is installed, bought or authorised without a repository.
  github_app_authorization: ['repository'],
  installation: ['repository'],
  installation_repositories: ['repository'],
  installation_target: ['repository'],
  marketplace_purchase: ['repository'],
  sponsorship: ['repository'],
  security_advisory: ['repository', 'sender'],
  membership: ['repository'],
  organization: ['repository'],
  org_block: ['repository'],
  projects_v2_item: ['repository'],
  // None of them is about a label.
  pull_request_review: ['label'],
  // They hold a shorter form of the pull request.
  pull_request_review_comment: ['draft', 'label'],
}

it('every fact of GitHub is in a recorded delivery', async () => {
  const source = github.definition.create({ secret: ['secret'] }, makeContext())
  for (const { name, examples: bodies } of recorded) {
    const seen = new Map<string, boolean>()
    for (const body of bodies) {
      const headers = { 'content-type': 'application/json', 'x-github-event': name }
      const [event] = await source.parse(makeDelivery({ headers, body: JSON.stringify(body) }))
      for (const [fact, value] of Object.entries(event?.facts ?? {})) {
        seen.set(fact, seen.get(fact) === true || value !== null)
      }
    }
    const never = [...seen].filter(([, isSeen]) => !isSeen).map(([fact]) => fact)
    const other = never.filter((fact) => fact !== 'action' && fact !== 'organization')
    expect(other.toSorted(), name).toEqual(NEVER[name] ?? [])
  }
})
