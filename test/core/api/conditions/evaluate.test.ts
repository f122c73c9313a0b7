import { describe, expect, it } from 'vitest'
import { openTrial, SECRET } from './trial-app.ts'

async function open() {
  const trial = await openTrial([{ on: 'github.push', run: 'deploy' }])
  const evaluate = (body: unknown, more: object = {}) =>
    trial.call('POST', '/api/conditions/evaluate', { body, ...more })
  return { ...trial, evaluate }
}

const PUSH = { source: 'github', type: 'push', facts: { branch: 'dev' } }

describe('the evaluation of a condition', () => {
  it('says of a stored event which clause is false, and what it saw', async () => {
    const { push, evaluate } = await open()
    const { delivery, event } = await push('dev', { commits: [{ message: 'Fix [deploy]' }] })
    const condition =
      "branch == 'main' && payload.commits.exists(c, c.message.contains('[deploy]'))"
    const { status, body } = await evaluate({ condition, event: { delivery } })
    expect(status).toBe(200)
    expect(body).toMatchObject({
      event: { id: event, source: 'github', type: 'push', facts: { branch: 'dev' } },
      covered: true,
      condition: { outcome: 'false', error: null, faults: [] },
      params: {},
    })
    const [first, second] = body.condition.clauses.clauses
    expect(first).toEqual({
      ...{ op: null, text: "branch == 'main'", start: 0, end: 16, outcome: 'false' },
      ...{ decisive: true, error: null, clauses: [] },
      values: [{ name: 'branch', type: 'string', value: '"dev"' }],
    })
    expect(second).toMatchObject({
      outcome: 'skipped',
      values: [{ name: 'payload.commits', type: 'list', value: '[{"message":"Fix [deploy]"}]' }],
    })
    const named = await evaluate({ condition, event: { delivery, event } })
    expect(named.body).toEqual(body)
  })

  it('takes a given event, of any source', async () => {
    const { evaluate } = await open()
    const given = '"type":"Order Completed","facts":{"big":12345678901234567890},"payload":{"a":1}'
    const condition = 'big == 1 || payload.a == 1'
    const text = `{"condition":"${condition}","event":{${given}}}`
    const { body } = await evaluate(text)
    expect(body).toMatchObject({
      event: { source: '', type: 'Order_Completed' },
      condition: { outcome: 'true' },
    })
    expect(body.condition.clauses.clauses[0].values[0].value).toBe('12345678901234567890')
  })

  it('reports a fault as the loader does, with its position', async () => {
    const { evaluate } = await open()
    const faultOf = async (condition: string, on?: string) =>
      (await evaluate({ condition, event: PUSH, ...(on === undefined ? {} : { on }) })).body
        .condition
    expect(await faultOf("brunch == 'main'")).toMatchObject({
      outcome: 'invalid',
      clauses: null,
      faults: [
        {
          ...{ code: 'condition_unknown_name', start: 0, end: 6, remedy: expect.any(String) },
          message: expect.stringContaining('Did you mean `branch`?'),
        },
      ],
    })
    expect(await faultOf('deleted && branch > 5')).toMatchObject({
      faults: [{ code: 'condition_invalid', start: 11, end: 21 }],
    })
    expect(await faultOf("'text'")).toMatchObject({ faults: [{ start: null, end: null }] })
    expect(await faultOf('tag == null', 'github.push')).toMatchObject({ outcome: 'true' })
    const other = await evaluate({ condition: 'true', on: 'github.release', event: PUSH })
    expect(other.body.covered).toBe(false)
  })

  it('renders params as a program gets them', async () => {
    const { evaluate } = await open()
    const { body } = await evaluate({
      params: {
        ...{ plain: 'to {branch} of {payload.repo.name}', cel: { cel: "branch + '!'" } },
        ...{ none: '{payload.none}', brace: '{', secret: 'Bearer {secret.token}' },
        none_cel: { cel: 'payload.none' },
      },
      event: { ...PUSH, payload: { repo: { name: 'b' } } },
    })
    expect(body.condition).toBeNull()
    expect(body.params).toMatchObject({
      plain: { value: 'to dev of b', error: null },
      cel: { value: 'dev!', error: null },
      none: { value: null, error: { code: 'param_missing', remedy: expect.any(String) } },
      brace: { value: null, error: { code: 'option_invalid' } },
      secret: { value: 'Bearer [redacted]', error: null },
      none_cel: { value: null, error: { code: 'expression_failed' } },
    })
  })

  it('never shows a secret of the config', async () => {
    const { evaluate } = await open()
    const { body } = await evaluate({
      condition: `payload.text == 'x' || event.type == 'x'`,
      params: { text: 'is {payload.text}', cel: { cel: 'payload' } },
      event: { ...PUSH, payload: { text: `it is ${SECRET}.` } },
    })
    expect(JSON.stringify({ ...body, event: null })).not.toContain(SECRET)
    expect(body.params.text.value).toBe('is it is [redacted].')
  })

  it('says what there is not', async () => {
    const { evaluate, send, call } = await open()
    const { delivery } = await send({ event: 'say' })
    const codes = [
      { event: { delivery: 'dlv_none' } },
      { event: { delivery, event: 'evt_none' } },
    ].map(async (body) => (await evaluate(body)).body.code)
    expect(await Promise.all(codes)).toEqual(['delivery_unknown', 'event_unknown'])
    await call('POST', '/api/webhooks/custom', { body: {} })
    const { deliveries } = (await call('GET', '/api/deliveries?outcome=refused')).body
    const refused = await evaluate({ event: { delivery: deliveries[0].id } })
    expect([refused.status, refused.body.code]).toEqual([404, 'event_unknown'])
  })

  it.each([
    [{}, '/event'],
    [{ event: {} }, '/event'],
    [{ event: { type: 'é' } }, '/event/type'],
    [{ event: PUSH, condition: 5 }, '/condition'],
    [{ event: PUSH, on: 'no type!' }, '/on'],
    [{ event: PUSH, params: { a: 'x'.repeat(5000) } }, '/params/a'],
    [
      { event: PUSH, params: Object.fromEntries(Array.from({ length: 17 }, (_, at) => [at, 'x'])) },
      '/params',
    ],
    [{ event: PUSH, more: 1 }, ''],
  ])('refuses %j', async (body, pointer) => {
    const { evaluate } = await open()
    const answer = await evaluate(body)
    expect([answer.status, answer.body.code]).toEqual([400, 'request_invalid'])
    expect(answer.body.errors[0].pointer).toBe(pointer)
  })

  it('is for operators, since a condition can read a payload', async () => {
    const { evaluate, token } = await open()
    const viewer = await evaluate({ event: PUSH }, { token: await token('viewer') })
    expect(viewer.status).toBe(403)
    const operator = await evaluate({ event: PUSH }, { token: await token('operator') })
    expect(operator.status).toBe(200)
  })
})

describe('a costly evaluation', () => {
  const list = `[${Array.from({ length: 300 }, (_, index) => index).join()}]`

  it.each([
    [
      'of many items',
      `${list}.all(a, ${list}.all(b, ${list}.all(c, a + b + c + size(branch) > 0)))`,
    ],
    ['of a backtracking pattern', "payload.text.matches('^(a+)+$')"],
    ['of a long text', "payload.text.contains(payload.text + 'b')"],
  ])('%s ends within the limit', async (_, condition) => {
    const { evaluate } = await open()
    const event = { ...PUSH, payload: { text: 'a'.repeat(200_000) } }
    const { status, body } = await evaluate({ condition, event })
    expect(status).toBe(200)
    expect(JSON.stringify(body).length).toBeLessThan(20_000)
  })

  it('of params gives no more than can be shown', async () => {
    const { evaluate } = await open()
    const payload = { text: 'a'.repeat(200_000), list: Array.from({ length: 5000 }, () => 'x') }
    const { body } = await evaluate({
      params: {
        once: '{payload.text}',
        often: '{payload.text}'.repeat(200),
        searched: '{payload.list}'.repeat(250),
        list: { cel: `[${'payload,'.repeat(400)}payload]` },
      },
      event: { ...PUSH, payload },
    })
    expect(body.params.once.value).toHaveLength(10_001)
    expect(body.params.often).toMatchObject({ error: { code: 'expression_failed' } })
    expect(body.params.searched).toMatchObject({ error: { code: 'expression_failed' } })
    expect(JSON.stringify(body).length).toBeLessThan(40_000)
  })

  it('waits its turn: only four run at once', async () => {
    const { evaluate } = await open()
    const params = Object.fromEntries(Array.from({ length: 16 }, (_, at) => [`p${at}`, 'x']))
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => evaluate({ params, event: PUSH })),
    )
    const refused = answers.filter(({ status }) => status === 503)
    expect(answers.filter(({ status }) => status === 200).length).toBeGreaterThanOrEqual(4)
    expect(refused.length).toBeGreaterThan(0)
    expect(refused[0]?.headers.get('retry-after')).toBe('1')
    expect((await evaluate({ event: PUSH })).status).toBe(200)
  })
})
