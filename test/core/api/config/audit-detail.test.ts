import { describe, expect, it } from 'vitest'
import { maskedChanges } from '../../../../core/api/config/changes.ts'
import { DOOR, open } from './app.ts'

const plain = (raw: unknown) => ({ raw, masked: raw })
const NOTHING = { raw: undefined, masked: undefined }
/** As long as the log takes a detail. */
const MAX_DETAIL_LENGTH = 16 * 1024

describe('a change of more values than the audit log shows', () => {
  const list = (length: number, text: string) => Array.from({ length }, () => text)

  it.each([
    { kind: 'many', form: { command: list(130, 'x'), last: 1 } },
    { kind: 'long', form: { command: list(90, 'y'.repeat(300)), last: 1 } },
    { kind: 'of long names', form: { ['k'.repeat(200_000)]: 1, last: 1 } },
    { kind: 'of letters that grow', form: { command: list(95, '\u0001'.repeat(300)), last: 1 } },
    { kind: 'of names that grow', form: { ['\u0001'.repeat(100_000)]: 1, last: 1 } },
  ])('holds the number of values left out: $kind', ({ form }) => {
    const shown = maskedChanges(NOTHING, plain(form))
    expect(JSON.stringify(shown).length).toBeLessThan(MAX_DETAIL_LENGTH)
    const all = Object.values(form).flat().length
    expect(shown.changes.length + (shown.notShown ?? 0)).toBe(all)
    expect(shown.changes.length).toBeGreaterThan(0)
  })

  it('has no such number if all values are shown', () => {
    expect(maskedChanges(NOTHING, plain({ a: 1 }))).toEqual({
      changes: [{ pointer: '/a', after: 1 }],
    })
  })

  it('is recorded in that form', async () => {
    const { call, store } = await open()
    const keys = list(150, 'k'.repeat(500))
    const options = { ...DOOR.options, keys }
    const made = await call('POST', '/api/config/webhooks', { body: { ...DOOR, options } })
    expect(made.status).toBe(201)
    const [entry] = await store.auditEntries({ limit: 1, tail: true })
    const detail = JSON.parse(entry?.detail ?? '')
    expect(detail.changes.length + detail.notShown).toBe(153)
  })
})
