import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { secret, secrets } from '../../../core/kit/secret.ts'
import {
  MASK,
  maskSecrets,
  showReferences,
  unmaskSecrets,
} from '../../../core/redaction/mask-config.ts'

const schema = z.object({
  token: secret(),
  keys: secrets().optional(),
  named: z.record(z.string(), secret()).default({}),
  auth: z.object({ user: z.string(), password: secret() }).optional(),
  mode: z.union([z.literal('plain'), z.strictObject({ own: secret() })]).optional(),
  list: z.array(z.object({ id: z.string(), pin: secret() })).default([]),
  note: z.unknown(),
})

const CASES: readonly (readonly [object, object])[] = [
  [
    { token: 'a', note: 'n' },
    { token: MASK, note: 'n' },
  ],
  [{ token: { env: 'T' } }, { token: { env: 'T' } }],
  [{ token: { env: 'T', default: 'd' } }, { token: { env: 'T', default: MASK } }],
  [{ note: { env: 'T', default: 'd' } }, { note: { env: 'T', default: 'd' } }],
  [{ token: { file: 'f' } }, { token: { file: 'f' } }],
  [{ keys: 'a' }, { keys: MASK }],
  [{ keys: ['a', 'b', { env: 'K' }] }, { keys: [MASK, MASK, { env: 'K' }] }],
  [{ named: { a: 'x', b: 'y' } }, { named: { a: MASK, b: MASK } }],
  [{ auth: { user: 'u', password: 'p' } }, { auth: { user: 'u', password: MASK } }],
  [{ mode: 'plain' }, { mode: MASK }],
  [{ mode: { own: 'o' } }, { mode: { own: MASK } }],
  [{ list: [{ id: 'i', pin: 'p' }] }, { list: [{ id: 'i', pin: MASK }] }],
  [{ token: 5 }, { token: MASK }],
  [
    { unheardOf: 'x', deep: { er: ['x'] } },
    { unheardOf: MASK, deep: { er: [MASK] } },
  ],
]

describe('maskSecrets', () => {
  it.each(CASES)('of %j is %j', (data, masked) => {
    expect(maskSecrets(schema, data)).toEqual(masked)
  })

  it('masks all where no schema is known', () => {
    expect(maskSecrets(null, { a: 'x', b: [1, true, null] })).toEqual({
      a: MASK,
      b: [MASK, MASK, null],
    })
  })

  it('shows code as what it is', () => {
    expect(maskSecrets(schema, { note: () => 1 })).toEqual({ note: '[function]' })
    expect(maskSecrets(schema, { note: new URL('http://a') })).toEqual({ note: '[object]' })
    expect(maskSecrets(schema, { note: 1n })).toEqual({ note: '1' })
  })
})

describe('unmaskSecrets', () => {
  it.each(CASES)('gives %j back for its mask', (data, masked) => {
    expect(unmaskSecrets(masked, data)).toEqual({ data, unknown: [] })
  })

  const unknownMasks: readonly { sent: object; before: unknown; unknown: unknown[] }[] = [
    { sent: { token: MASK }, before: {}, unknown: [['token']] },
    { sent: { token: MASK }, before: undefined, unknown: [['token']] },
    { sent: { token: MASK }, before: { other: 'x' }, unknown: [['token']] },
    { sent: { token: MASK }, before: { token: { env: 'X' } }, unknown: [['token']] },
    { sent: { keys: [MASK, MASK] }, before: { keys: ['a'] }, unknown: [['keys', 1]] },
    { sent: { keys: [MASK] }, before: { keys: 'a' }, unknown: [['keys', 0]] },
    {
      sent: { constructor: MASK, toString: MASK },
      before: {},
      unknown: [['constructor'], ['toString']],
    },
    { sent: { note: { masked: true, more: 1 } }, before: { note: 'x' }, unknown: [] },
    { sent: { note: { masked: 'true' } }, before: { note: 'x' }, unknown: [] },
  ]
  it.each(unknownMasks)(
    'says where there is nothing to keep: $sent over $before',
    ({ sent, before, unknown }) => {
      expect(unmaskSecrets(sent, before).unknown).toEqual(unknown)
    },
  )
})

describe('showReferences', () => {
  it('puts references back in place of their values', () => {
    const value = {
      params: [
        { name: 'a', default: 'value' },
        { name: 'b', default: null },
      ],
      retry: { attempts: 1 },
    }
    const written = {
      params: [{ name: 'a', default: { env: 'A', default: 'd' } }, 'b'],
      command: ['x'],
    }
    expect(showReferences(value, written)).toEqual({
      params: [
        { name: 'a', default: { env: 'A', default: 'd' } },
        { name: 'b', default: null },
      ],
      retry: { attempts: 1 },
    })
    expect(showReferences(5, { env: 'LIMIT' })).toEqual({ env: 'LIMIT' })
    expect(showReferences(value, undefined)).toEqual(value)
  })
})
