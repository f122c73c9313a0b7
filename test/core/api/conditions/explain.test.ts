import { describe, expect, it } from 'vitest'
import { JSON_CONFIG } from '../../config/config-folder.ts'
import { openTrial, TRIAL_CONFIG } from './trial-app.ts'

const RULES = [
  { name: 'main', on: 'github.push', when: "branch == 'main' && payload.size > 1", run: 'deploy' },
  { name: 'every', on: 'github', run: 'deploy' },
  { name: 'broken', on: 'github.push', when: 'payload.none == 1', run: 'deploy' },
  { name: 'other', on: 'github.release', run: 'deploy' },
]

const CLAUSES = { outcome: 'false', clauses: [{ outcome: 'false' }, { outcome: 'skipped' }] }

async function open(rules: readonly object[] = RULES) {
  const trial = await openTrial(rules)
  const explain = async (delivery: string, query = '', token?: string) => {
    const more = token === undefined ? {} : { token }
    return (await trial.call('GET', `/api/deliveries/${delivery}/explain${query}`, more)).body
  }
  /** Changes the rules of the config file. */
  const change = async (changed: readonly object[]) => {
    trial.folder.write(JSON_CONFIG, { ...TRIAL_CONFIG, rules: changed })
    const reloaded = await trial.live.reload()
    if (!reloaded.ok) throw reloaded.error
  }
  return { ...trial, explain, change }
}

describe('the explanation of a delivery', () => {
  it('holds the delivery, and each rule with its clauses', async () => {
    const { push, explain, call } = await open()
    const { delivery } = await push('dev', { size: 5 })
    const { events, ...rest } = await explain(delivery)
    const plain = (await call('GET', `/api/deliveries/${delivery}`)).body
    expect({
      ...rest,
      events: events.map(({ rules: _, ...event }: { rules: unknown }) => event),
    }).toEqual(plain)
    const [main, every, broken, ...others] = events[0].rules
    expect(others).toEqual([])
    expect(main).toMatchObject({
      ...{ rule: 'main', program: 'deploy', changed: false },
      decision: { matched: false, because: 'condition_false' },
      current: {
        matched: false,
        because: 'condition_false',
        condition: RULES[0]?.when,
        clauses: CLAUSES,
      },
    })
    expect(every).toMatchObject({
      ...{ rule: 'every', changed: false, decision: { matched: true } },
      current: { matched: true, condition: null, clauses: null },
    })
    expect(broken).toMatchObject({
      ...{ rule: 'broken', changed: false },
      current: { because: 'condition_error', error: expect.stringContaining('no such key') },
    })
  })

  it('says where a rule has changed, came or went', async () => {
    const { push, explain, change } = await open()
    const { delivery } = await push('dev')
    await change([
      { name: 'main', on: 'github.push', when: "branch == 'dev'", run: 'deploy' },
      { name: 'every', on: 'github', run: 'deploy', answer: 'stream' },
      { name: 'new', on: 'github', run: 'deploy' },
    ])
    const { rules } = (await explain(delivery)).events[0]
    expect(rules).toMatchObject([
      { rule: 'main', changed: true, decision: { matched: false }, current: { matched: true } },
      { rule: 'every', changed: false, decision: { matched: true }, current: { matched: true } },
      { rule: 'new', changed: true, decision: null, current: { matched: true } },
      { rule: 'broken', changed: true, current: null },
    ])
  })

  it('shows the values of a payload to operators only', async () => {
    const { push, explain, token } = await open()
    const { delivery } = await push('main', { size: 5 })
    const sizeFor = async (role: string) => {
      const { events } = await explain(delivery, '', await token(role))
      return events[0].rules[0].current.clauses.clauses[1].values[0]
    }
    expect(await sizeFor('viewer')).toEqual({ name: 'payload.size', type: 'hidden', value: null })
    expect(await sizeFor('operator')).toEqual({ name: 'payload.size', type: 'number', value: '5' })
  })

  it('explains one event of many, and says of which it did not', async () => {
    const { explain, push, call, store } = await open()
    const { delivery } = await push('dev')
    const [stored] = await store.events(delivery)
    const [record] = [await store.delivery(delivery)]
    if (stored === undefined || record === null) throw new Error('it was not stored')
    const many = Array.from({ length: 150 }, (_, index) => ({
      ...{ id: `evt_${String(index).padStart(4, '0')}`, type: 'push', senderId: null },
      ...{ facts: { branch: `b${index}` }, payload: '{"size":1}', decisions: [], tasks: [] },
    }))
    await store.accept({ delivery: { ...record, id: 'dlv_many' }, events: many })
    const { events } = await explain('dlv_many')
    expect(events).toHaveLength(150)
    expect(events.filter(({ rules }: { rules: unknown }) => rules === null)).toHaveLength(50)
    const one = await explain('dlv_many', '?event=evt_0149')
    expect(one.events.find(({ id }: { id: string }) => id === 'evt_0149').rules).toHaveLength(3)
    const none = await call('GET', '/api/deliveries/dlv_many/explain?event=evt_none')
    expect([none.status, none.body.code]).toEqual([404, 'event_unknown'])
  })

  it('does not know whether a rule changed that decided in an older release', async () => {
    const { explain, push, store } = await open()
    const { delivery } = await push('dev')
    const record = await store.delivery(delivery)
    if (record === null) throw new Error('it was not stored')
    const decisions = [
      { rule: 'main', program: 'deploy', matched: true },
      { rule: 'every', program: 'deploy', matched: true },
    ]
    const event = { id: 'evt_old', type: 'push', senderId: null, facts: { branch: 'x' } }
    await store.accept({
      delivery: { ...record, id: 'dlv_old' },
      events: [{ ...event, payload: '{}', decisions, tasks: [] }],
    })
    const { rules } = (await explain('dlv_old')).events[0]
    expect(rules).toMatchObject([{ changed: true }, { changed: null }, { changed: true }])
  })
})
