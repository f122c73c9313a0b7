import { describe, expect, it } from 'vitest'
import { builtInSources } from '../../../core/config/modules/built-in.ts'
import type { SourceDefinition } from '../../../core/contracts/source.ts'
import { signAs } from '../../../core/doctor/expected.ts'
import { secretValues } from '../../../core/kit/schema-walk.ts'
import { makeContext } from '../../../core/testing/delivery.ts'
import { expectNoSecrets } from './rows.ts'
import { diagnosed, keepDeliveries, PUBLIC_URL } from './setup.ts'

const SECRET = 'a secret of the sweep'
const PATH = '/api/webhooks/x'

/** Those whose token is in the URL, which is not kept, or in the body, where no signature can be told from it. */
const KNOWN_BY_TOKEN: Readonly<Record<string, readonly (readonly string[])[]>> = {
  dockerhub: [['token_not_kept'], ['token_not_kept']],
  msgraph: [['nothing_matches'], ['nothing_matches']],
}

interface Signer {
  readonly name: string
  /** Its option that is the secret. */
  readonly option: string
  readonly definition: SourceDefinition
}

/** Sources whose only need is a secret in text, and who can sign. */
const signers: readonly Signer[] = (await builtInSources()).flatMap((definition) => {
  const option = Object.keys(definition.options.shape).find((name) => {
    const given = { [name]: SECRET }
    return secretValues(definition.options, given).length > 0 && signed(definition, name) !== null
  })
  return option === undefined ? [] : [{ name: definition.name, option, definition }]
})

function signed(definition: SourceDefinition, option: string) {
  const options = definition.options.safeParse({ [option]: SECRET })
  if (!options.success) return null
  try {
    return signAs(definition.create(options.data, makeContext()), {
      id: 'dlv_x',
      source: 'x',
      method: 'POST',
      publicUrl: PUBLIC_URL,
      path: PATH,
      headers: {},
      body: new TextEncoder().encode('{"a":1}'),
      client: null,
      receivedAt: new Date(),
    })
  } catch {
    return null
  }
}

keepDeliveries()

describe('every source that is known by a secret alone', () => {
  it('is there to be looked at', () => {
    expect(signers.length).toBeGreaterThan(25)
  })

  it.each(signers)(
    '$name: a line end in the config is found, and a wrong secret is not',
    async ({ name, option, definition }) => {
      const delivery = signed(definition, option)
      if (delivery === null) throw new Error('it cannot sign')
      const sent = {
        headers: delivery.headers as Readonly<Record<string, string>>,
        body: delivery.body,
        path: delivery.path,
      }
      const ask = (secret: string) =>
        diagnosed({ sources: { x: [name, { [option]: secret }] } }, 'x', sent)
      const found = await ask(`${SECRET}\n`)
      const wrong = await ask('quite another secret')
      expect(found.record.outcome).toBe('refused')
      const codes = [found, wrong].map(({ diagnosis }) =>
        diagnosis.findings.map(({ code }) => code),
      )
      const isToken = /^token in header/.test(found.record.reason ?? '')
      const expected = isToken
        ? [['token_malformed'], ['token_not_kept']]
        : (KNOWN_BY_TOKEN[name] ?? [['secret_here_malformed'], ['nothing_matches']])
      expect(codes).toEqual(expected)
      expectNoSecrets(wrong.diagnosis, sent)
      expect(JSON.stringify([found.diagnosis, wrong.diagnosis])).not.toContain(SECRET)
    },
  )
})
