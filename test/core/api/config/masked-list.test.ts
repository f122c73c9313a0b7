import { describe, expect, it } from 'vitest'
import { DOOR, MASK, open } from './app.ts'

const ANY = { 'if-match': '*' }

describe('a list of secrets that is sent back masked', () => {
  it('is refused if it got shorter, since the wrong one could be kept', async () => {
    const { call, live } = await open()
    const options = { secret: 'door-secret', keys: ['leaked-key', 'good-key'] }
    await call('POST', '/api/config/webhooks', { body: { ...DOOR, options } })
    const put = (keys: unknown) =>
      call('PUT', '/api/config/webhooks/door', {
        body: { use: 'bell', options: { secret: MASK, keys } },
        headers: ANY,
      })
    const shorter = await put([MASK])
    expect(shorter.body.errors).toMatchObject([
      { pointer: '/options/keys/0', code: 'masked_unknown' },
    ])
    const keys = () => live.current.written.sources.get('door')?.options['keys']
    expect(keys()).toEqual(['leaked-key', 'good-key'])
    expect((await put([MASK, MASK, 'new-key'])).status).toBe(200)
    expect(keys()).toEqual(['leaked-key', 'good-key', 'new-key'])
    expect((await put(['good-key'])).status).toBe(200)
    expect(keys()).toEqual(['good-key'])
  })
})
