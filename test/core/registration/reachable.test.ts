import { describe, expect, it } from 'vitest'
import { checkReachable } from '../../../core/registration/reachable.ts'
import { differences } from '../../../core/registration/record.ts'

const PUBLIC_API = 'https://api.github.com'

describe('a URL to register', () => {
  it.each([
    ['https://hooks.example.com/api/webhooks/github', PUBLIC_API],
    ['https://8.8.8.8/api/webhooks/github', PUBLIC_API],
    ['https://[2606:4700::1111]/x', PUBLIC_API],
    // A provider of one's own network.
    ['http://127.0.0.1:8080/x', 'http://127.0.0.1:3000/api/v1'],
    ['http://hooks.lan/x', 'http://git.lan/api/v4'],
  ])('%s is taken for %s', (url, api) => {
    expect(() => checkReachable(url, api)).not.toThrow()
  })

  it.each([
    ['http://localhost:8080/x', /this machine/],
    ['https://localhost/x', /this machine/],
    ['https://127.0.0.1/x', /this machine/],
    ['https://[::1]/x', /this machine/],
    ['https://10.1.2.3/x', /private network/],
    ['https://192.168.1.4/x', /private network/],
    ['https://nas/x', /private network/],
    ['https://nas.local/x', /private network/],
    ['http://hooks.example.com/x', /https/],
  ])('%s is refused', (url, why) => {
    expect(() => checkReachable(url, PUBLIC_API)).toThrow(why)
    expect(() => checkReachable(url, PUBLIC_API)).toThrowError(
      expect.objectContaining({
        code: 'registration_unreachable',
        remedy: expect.stringContaining('tunnel'),
      }),
    )
  })
})

describe('differences', () => {
  const state = { url: 'https://a', events: ['push', 'star'], settings: { active: true } }

  it('are told line by line', () => {
    const other = { url: 'https://b', events: ['push', 'release'], settings: { active: false } }
    expect(differences(other, state)).toEqual([
      'url: https://b → https://a',
      'events: +star -release',
      'active: false → true',
    ])
    expect(differences(state, state)).toEqual([])
    expect(differences(null, state)).toEqual(['url: https://a', 'events: push star'])
  })
})
