import { x } from 'hookline/sources'
import { makeContext, makeDelivery } from 'hookline/testing'
import { describe, expect, it } from 'vitest'

const source = x.definition.create({ secret: ['consumer-secret'] }, makeContext())

async function answerTo(token: string) {
  const url = `http://localhost/api/webhooks/x?${new URLSearchParams({ crc_token: token })}`
  const answer = await source.answer?.(makeDelivery({ method: 'GET', url }))
  return answer !== undefined && 'status' in answer ? answer : null
}

describe('the challenge of x', () => {
  it('signs no delivery for whoever asks: a body as challenge gets no answer', async () => {
    const body = JSON.stringify({ for_user_id: '1', follow_events: [{ type: 'follow' }] })
    for (const token of [body, ` ${body}`, '{}', '[]', '', 'a'.repeat(300)]) {
      expect(await answerTo(token)).toBeNull()
    }
  })

  it.each([
    'MDNhOGE1ZTQtYjg4Ni00NjQ2LWFjMGYtNDQ4ZGQ1OWU0YjU2',
    '9b4507b3-9040-4669-9ca3-6b94edb50553',
    'a+b/c==',
    'a b_c==',
  ])('is answered: %s', async (token) => {
    expect(JSON.parse((await answerTo(token))?.body ?? '')).toMatchObject({
      response_token: expect.stringMatching(/^sha256=/),
    })
  })
})
