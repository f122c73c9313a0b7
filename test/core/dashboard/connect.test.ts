import { describe, expect, it } from 'vitest'
import { makeToken } from '../api/access/calls.ts'
import { ADMIN_TOKEN } from '../api/app.ts'
import { openTrial } from '../api/conditions/trial-app.ts'
import { browse } from './browse.ts'
import { mountPages } from './open-dashboard.ts'

const HOSTILE = `"><img src=x onerror=alert(1)>'&<script>alert(2)</script>`

async function open(role: 'viewer' | 'operator' | 'admin' = 'admin', more: object = {}) {
  const opened = await openTrial([], more)
  mountPages(opened.app)
  const token = role === 'admin' ? ADMIN_TOKEN : await makeToken(opened, 'somebody', { role })
  return { ...opened, ...(await browse(opened, token)) }
}

describe('the choice of a sender', () => {
  it('is where an overview of nothing leads', async () => {
    const { get } = await open('viewer')
    const { text } = await get('/')
    expect(text).toContain('Receive your first webhook')
    expect(text).toContain('href="/connect"')
    expect((await get('/connect')).text).toContain('href="/connect/github"')
  })

  it('has every source, and a search without a script', async () => {
    const { get } = await open()
    const { text } = await get('/connect')
    for (const name of ['github', 'stripe', 'custom', 'zoom']) {
      expect(text).toContain(`href="/connect/new/${name}"`)
    }
    expect(text).toContain('href="/connect/new/custom?preset=razorpay"')
    expect(text).not.toContain('/connect/new/subprocess')
    expect(text).not.toContain('/connect/new/schedule')
    const { text: found } = await get('/connect?q=PAYMENT')
    expect(found).not.toContain('/connect/new/github')
    const { text: none } = await get(`/connect?q=${encodeURIComponent(HOSTILE)}`)
    expect(none).toContain('No such sender')
    expect(none).not.toContain('<img src=x')
  })
})

describe('connecting a source', () => {
  it('makes source, secret and rule, and shows the secret once', async () => {
    const { get, post, call } = await open()
    const { text: form } = await get('/connect/new/github')
    expect(form).toContain('value="github-2"')
    expect(form).toContain('http://localhost:12345/api/webhooks/github-2')
    expect(form).toContain('Payload URL')
    const made = await post('/connect/new/github', {
      ...{ name: 'web', 'option.secret': '', program: 'deploy', type: 'push' },
    })
    expect(made.status).toBe(200)
    const [, secret = ''] = /data-copy="([\w-]{43})"/.exec(made.text) ?? []
    expect(secret).not.toBe('')
    expect(made.text).toContain('/api/webhooks/web')
    const rule = (await call('GET', '/api/config/rules/web-deploy')).body
    expect(rule).toMatchObject({ on: 'web.push', run: 'deploy' })
    expect((await get('/connect/web')).text).not.toContain(secret)
  })

  it('makes a source of a preset', async () => {
    const { get, post, call } = await open()
    const path = '/connect/new/custom?preset=razorpay'
    const { text: form } = await get(path)
    expect(form).toContain('Razorpay')
    expect(form).toContain('Account &amp; Settings')
    expect(form).toContain('/api/webhooks/razorpay')
    const made = await post(path, { name: 'pay', 'option.secret': '' })
    expect(made.status).toBe(200)
    expect(made.text).toMatch(/data-copy="[\w-]{43}"/)
    const source = (await call('GET', '/api/sources/pay')).body
    expect(source).toMatchObject({ plugin: 'custom', sender: 'Razorpay' })
    expect((await call('POST', '/api/sources/pay/test', { body: {} })).body).toMatchObject({
      outcome: 'accepted',
    })
    expect((await get('/connect/new/custom?preset=nobody')).status).toBe(404)
  })

  it('takes the secret that a sender issues', async () => {
    const { post, call } = await open()
    const secret = `whsec_${'x'.repeat(32)}`
    const made = await post('/connect/new/stripe', { name: 'pay', 'option.secret': secret })
    expect(made.status).toBe(200)
    expect(made.text).not.toContain(secret)
    expect((await call('POST', '/api/sources/pay/test', { body: {} })).body).toMatchObject({
      outcome: 'accepted',
    })
  })

  it.each([
    [{ name: 'github', 'option.secret': '' }, 'role="alert"', 422],
    [{ name: 'no name!', 'option.secret': '' }, 'must be 1 to 64 letters', 422],
    [{ name: HOSTILE, 'option.secret': '' }, 'must be 1 to 64 letters', 422],
  ])('says what is wrong with %j', async (given, expected, status) => {
    const { post, call } = await open()
    const answer = await post('/connect/new/github', given)
    expect(answer.status).toBe(status)
    expect(answer.text).toContain(expected)
    expect(answer.text).not.toContain('<img src=x')
    expect((await call('GET', '/api/config/webhooks')).body.webhooks).toHaveLength(2)
  })

  it('says beside its field what is wrong with an option', async () => {
    const { post } = await open()
    const form = { name: 'a', 'option.publicKey': 'z' }
    const { status, text } = await post('/connect/new/discord', form)
    expect(status).toBe(422)
    expect(text).toMatch(/name="option\.publicKey" value="z"[\s\S]*?<small class="fault"/)
    const adyen = await post('/connect/new/adyen', { name: 'a', 'option.hmacKey': 'no-hex' })
    expect(adyen.text).toContain('must be a key in hex')
    expect(adyen.text).not.toContain('no-hex')
  })

  it('keeps the source if its rule cannot be made', async () => {
    const { post } = await open()
    const form = { name: 'web', 'option.secret': '', program: 'deploy', type: 'no type!' }
    const { status, text } = await post('/connect/new/github', form)
    expect(status).toBe(200)
    expect(text).toContain('Its rule was not made')
  })

  it('shows a file to those who cannot do it here', async () => {
    const viewer = await open('viewer')
    const { text } = await viewer.get('/connect/new/stripe')
    expect(text).toContain('webhooks.d/stripe.json')
    expect(text).toContain('STRIPE_SECRET')
    expect(text).not.toContain('<form method="post" action="/connect')
    expect((await viewer.post('/connect/new/github', { name: 'web' })).status).toBe(403)
    const off = await open('admin', { managed: { sources: false } })
    const { text: unmanaged } = await off.get('/connect/new/github')
    expect(unmanaged).toContain('&quot;generate&quot;: true')
    expect(unmanaged).toContain('managed.sources is off')
  })

  it('knows no other kinds and sources', async () => {
    const { get, post } = await open()
    expect((await get('/connect/new/none')).status).toBe(404)
    expect((await get('/connect/none')).status).toBe(404)
    expect((await post('/connect/none')).status).toBe(404)
  })
})

describe('a test on the page of a source', () => {
  it('arrives below', async () => {
    const { get, post } = await open()
    expect((await get('/connect/github')).text).toContain('Nothing has arrived yet')
    const { status, text } = await post('/connect/github', { event: 'release' })
    expect(status).toBe(200)
    expect(text).toContain('No rule matched.')
    expect(text).toMatch(/href="\/deliveries\/dlv_\w+"/)
    expect((await get('/connect/github')).text).toContain('release')
  })

  it('says why there is none', async () => {
    const sources = { discord: { use: 'discord', options: { publicKey: 'ab'.repeat(32) } } }
    const { get, post } = await open('admin', { sources })
    const { text } = await get('/connect/discord')
    expect(text).toContain('Only the sender can sign')
    expect(text).not.toContain('action="/connect/discord"')
    expect((await post('/connect/discord')).text).toContain('cannot sign deliveries')
  })

  it('is not for viewers', async () => {
    const { get, post } = await open('viewer')
    expect((await get('/connect/github')).text).not.toContain('action="/connect/github"')
    expect((await post('/connect/github')).status).toBe(403)
  })
})
