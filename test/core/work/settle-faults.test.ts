import { describe, expect, it, onTestFinished } from 'vitest'
import { LiveConfig } from '../../../core/config/load/live.ts'
import { HooklineError } from '../../../core/errors/errors.ts'
import { planEvent } from '../../../core/matching/plan-events.ts'
import { ReceivedDelivery } from '../../../core/matching/received-delivery.ts'
import { RuleIndex } from '../../../core/matching/rule-index.ts'
import { record } from '../../../core/work/record.ts'
import { CONFIG, ConfigFolder, JSON_CONFIG, PLUGINS } from '../config/config-folder.ts'
import { createLogger, silentLogger } from './setup.ts'

describe('an end that the store will never take', () => {
  it('is left to the lease, so that its task does not stay running for ever', async () => {
    const logger = createLogger()
    let tries = 0
    const recorded = await record(
      async () => {
        tries++
        throw new HooklineError('internal', 'The store could not carry out a call.')
      },
      { taskId: 'tsk_1', signal: AbortSignal.timeout(15_000), logger },
    )
    expect(recorded).toBe(false)
    expect(tries).toBeLessThan(8)
    expect(logger.lines.at(-1)).toMatchObject({ level: 'error', fields: { taskId: 'tsk_1' } })
  })

  it('is tried on where the store is only unavailable', async () => {
    let tries = 0
    const recorded = await record(
      async () => {
        if (++tries < 7) throw new HooklineError('store_unavailable', 'The disk is full.')
        return true
      },
      { taskId: 'tsk_1', signal: AbortSignal.timeout(60_000), logger: silentLogger },
    )
    expect([recorded, tries]).toEqual([true, 7])
  }, 60_000)
})

describe('LiveConfig', () => {
  it('goes on reloading after a listener threw', async () => {
    const folder = new ConfigFolder({ ...PLUGINS, [JSON_CONFIG]: CONFIG })
    const live = await LiveConfig.open(folder.options())
    onTestFinished(() => live.close())
    live.onFault(() => {
      throw new Error('a broken listener')
    })
    folder.write(JSON_CONFIG, { ...CONFIG, rules: [{ on: 'bell', run: 'nobody' }] })
    expect(await live.reload()).toMatchObject({ ok: false, error: { code: 'config_invalid' } })
    folder.write(JSON_CONFIG, CONFIG)
    expect(await live.reload()).toEqual({ ok: true })
  })
})

describe('what a source without types gives', () => {
  const delivery = new ReceivedDelivery({
    id: 'dlv_1',
    source: 'own',
    method: 'POST',
    publicUrl: '',
    path: '/',
    headers: {},
    body: Buffer.from('{}'),
    client: null,
    receivedAt: new Date(),
  })
  it.each([
    ['a number as id', { id: 42 }],
    ['a list as id', { id: ['a'] }],
    ['a symbol as id', { id: Symbol('a') }],
    ['half a character as id', { id: 'a\ud800' }],
    ['a list as type', { type: ['push'] }],
  ])('is refused where it is %s', (_what, given) => {
    const parsed = { type: 'push', id: null, facts: {}, payload: {}, ...given } as never
    expect(() => planEvent(delivery, parsed, new RuleIndex([]))).toThrow(
      expect.objectContaining({ code: 'delivery_unparsable' }),
    )
  })
})
