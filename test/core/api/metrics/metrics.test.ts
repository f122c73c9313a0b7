import { describe, expect, it } from 'vitest'
import { metricsRoutes } from '../../../../core/api/metrics/routes.ts'
import type { ProgramBacklog } from '../../../../core/contracts/retention.ts'
import { createMetrics, NOW, RECEIVER } from './create-metrics.ts'
import { openMetricsFaults } from './open-metrics.ts'
import { parseMetrics, readMetrics } from './read-metrics.ts'

describe('metrics', () => {
  it('count deliveries by source, outcome and reason', async () => {
    const metrics = createMetrics()
    metrics.delivery('github', 'accepted', '')
    metrics.delivery('github', 'accepted', '')
    metrics.delivery('github', 'refused', 'delivery_refused')
    metrics.committed('github', 0.002)
    const values = await readMetrics(metrics)
    const name = 'hookline_deliveries_total'
    expect(values.get(`${name}{source="github",outcome="accepted",reason=""}`)).toBe(2)
    expect(values.get(`${name}{source="github",outcome="refused",reason="delivery_refused"}`)).toBe(
      1,
    )
    expect(values.get('hookline_accept_seconds_count{source="github"}')).toBe(1)
    expect(values.get('hookline_accept_seconds_bucket{le="0.0025",source="github"}')).toBe(1)
    expect(values.get('hookline_accept_seconds_bucket{le="0.001",source="github"}')).toBe(0)
  })

  it.each([
    'other',
    '',
    'constructor',
    '__proto__',
    'toString',
    '"} evil 1\n# HELP x',
    'github\n',
    'x'.repeat(10_000),
  ])('have no label for a name that is not in the config (%#)', async (name) => {
    const metrics = createMetrics()
    metrics.delivery(name, 'refused', 'source_unknown')
    metrics.committed(name, 1)
    metrics.attempt({ program: name, status: 'failed', state: 'dead', seconds: 1 })
    const labels = [...(await readMetrics(metrics)).keys()].join('\n')
    expect(labels).toContain('{source="unknown",outcome="refused",reason="source_unknown"}')
    expect(labels).toContain('hookline_attempts_total{program="unknown",status="failed"}')
    if (name !== '') expect(labels).not.toContain(name)
  })

  it('count attempts and settled tasks apart', async () => {
    const metrics = createMetrics()
    const program = 'deploy'
    metrics.attempt({ program, status: 'failed', state: 'waiting', seconds: 2 })
    metrics.attempt({ program, status: 'succeeded', state: 'succeeded', seconds: 0.2 })
    metrics.attempt({ program, status: 'lost', state: null, seconds: 30 })
    const values = await readMetrics(metrics)
    const attempts = (status: string) =>
      values.get(`hookline_attempts_total{program="deploy",status="${status}"}`)
    expect([attempts('failed'), attempts('succeeded'), attempts('lost')]).toEqual([1, 1, 1])
    const settled = [...values].filter(([name]) => name.startsWith('hookline_tasks_settled'))
    expect(settled).toEqual([
      ['hookline_tasks_settled_total{program="deploy",state="succeeded"}', 1],
    ])
    expect(values.get('hookline_leases_lost_total')).toBe(1)
    expect(values.get('hookline_attempt_seconds_sum{program="deploy"}')).toBeCloseTo(32.2)
  })

  it('do not mix between two nodes in one process', async () => {
    const [one, other] = [createMetrics(), createMetrics()]
    one.delivery('github', 'accepted', '')
    const name = 'hookline_deliveries_total{source="github",outcome="accepted",reason=""}'
    expect((await readMetrics(one)).get(name)).toBe(1)
    expect((await readMetrics(other)).has(name)).toBe(false)
  })

  it('count reloads and deleted records, and show a faulty config', async () => {
    const metrics = createMetrics(undefined, { configFault: () => 'rules[0]: wrong' })
    metrics.configChanged(true)
    metrics.configChanged(false)
    metrics.pruned('deliveries', 7)
    metrics.pruneEnded(NOW)
    const values = await readMetrics(metrics)
    expect(values.get('hookline_config_faulty')).toBe(1)
    expect(values.get('hookline_config_reloads_total{result="faulty"}')).toBe(1)
    expect(values.get('hookline_pruned_total{kind="deliveries"}')).toBe(7)
    expect(values.get('hookline_prune_last_end_timestamp_seconds')).toBe(1000)
  })
})

describe('the queue', () => {
  it('has a value for every program of the config, and one for all others', async () => {
    const rows = [
      { program: 'deploy', waiting: 3, running: 1, oldestDueAt: NOW - 5000 },
      { program: 'gone', waiting: 2, running: 0, oldestDueAt: NOW - 1000 },
      { program: 'also-gone', waiting: 4, running: 1, oldestDueAt: NOW - 9000 },
      { program: 'still-gone', waiting: 1, running: 0, oldestDueAt: NOW + 9000 },
    ]
    const values = await readMetrics(createMetrics(async () => rows))
    const of = (name: string, program: string) =>
      values.get(`hookline_queue_${name}{program="${program}"}`)
    expect([of('waiting', 'deploy'), of('running', 'deploy')]).toEqual([3, 1])
    expect(of('oldest_seconds', 'deploy')).toBe(5)
    expect([of('waiting', 'idle'), of('oldest_seconds', 'idle')]).toEqual([0, 0])
    expect([of('waiting', 'unknown'), of('running', 'unknown')]).toEqual([7, 1])
    expect(of('oldest_seconds', 'unknown')).toBe(9)
    expect(values.get('hookline_store_up')).toBe(1)
  })

  it('says what is paused', async () => {
    const values = await readMetrics(createMetrics())
    const paused = [...values].filter(([name]) => name.startsWith('hookline_paused'))
    expect(paused).toEqual([
      ['hookline_paused{kind="rule",name="a \\"b\\"",by="person"}', 1],
      ['hookline_paused{kind="program",name="deploy",by="breaker"}', 1],
    ])
  })

  it('has no queue metrics if the store fails, but all others', async () => {
    const metrics = createMetrics(async () => {
      throw new Error('gone')
    })
    const values = await readMetrics(metrics)
    expect([...values.keys()].filter((name) => name.startsWith('hookline_paused'))).toEqual([])
    expect(values.get('hookline_store_up')).toBe(0)
    expect(values.get('hookline_store_scrape_failures_total')).toBe(1)
    expect([...values.keys()].filter((name) => name.startsWith('hookline_queue'))).toEqual([])
    expect(values.get('hookline_running_tasks')).toBe(2)
  })

  it('does not block scrapes if the store hangs, and queries it once', async () => {
    let asked = 0
    const hanging = Promise.withResolvers<readonly ProgramBacklog[]>()
    const metrics = createMetrics(() => {
      asked++
      return hanging.promise
    })
    const started = performance.now()
    const texts = await Promise.all(Array.from({ length: 20 }, () => readMetrics(metrics)))
    expect(performance.now() - started).toBeLessThan(4000)
    expect(texts.map((values) => values.get('hookline_store_up'))).toEqual(Array(20).fill(0))
    expect(asked).toBe(1)
    hanging.resolve([{ program: 'deploy', waiting: 1, running: 0, oldestDueAt: NOW }])
    await hanging.promise
    const values = await readMetrics(metrics)
    expect(values.get('hookline_queue_waiting{program="deploy"}')).toBe(1)
  })

  it('shares one answer of the store among concurrent scrapes', async () => {
    let asked = 0
    const metrics = createMetrics(async () => {
      asked++
      return []
    })
    await Promise.all(Array.from({ length: 50 }, () => metrics.text()))
    expect(asked).toBe(1)
  })
})

describe('OpenMetrics', () => {
  const PROMETHEUS =
    'application/openmetrics-text;version=1.0.0;q=0.6,text/plain;version=0.0.4;q=0.3,*/*;q=0.2'

  it('has the same values, by its own rules', async () => {
    const metrics = createMetrics(async () => [], { receivers: () => [RECEIVER] })
    metrics.delivery('github', 'refused', 'delivery_refused')
    metrics.committed('github', 0.002)
    metrics.attempt({ program: 'deploy', status: 'failed', state: 'dead', seconds: 2 })
    const ask = (accept: string) =>
      metricsRoutes(metrics).request('/', { headers: { Accept: accept } })
    const open = await ask(PROMETHEUS)
    expect(open.headers.get('content-type')).toBe(
      'application/openmetrics-text; version=1.0.0; charset=utf-8',
    )
    const text = await open.text()
    expect(openMetricsFaults(text)).toEqual([])
    const plain = await (await ask('*/*')).text()
    expect(openMetricsFaults(plain)).toContain('no # EOF at the end')
    const isLasting = ([name]: readonly [string, number]) => name.startsWith('hookline_')
    const values = [...parseMetrics(text)].filter(isLasting)
    expect(values).toEqual([...parseMetrics(plain)].filter(isLasting))
    expect(values.length).toBeGreaterThan(30)
  })

  it.each([
    [PROMETHEUS, 'application/openmetrics-text'],
    ['application/openmetrics-text', 'application/openmetrics-text'],
    ['application/openmetrics-text;q=0.2, text/plain;q=0.5', 'text/plain'],
    ['application/openmetrics-text;q=0, */*', 'text/plain'],
    ['text/html', 'text/plain'],
    [undefined, 'text/plain'],
  ])('answers Accept: %s with %s', async (accept, type) => {
    const headers = accept === undefined ? {} : { Accept: accept }
    const answer = await metricsRoutes(createMetrics()).request('/', { headers })
    expect(answer.headers.get('content-type')?.split(';')[0]).toBe(type)
    expect(answer.headers.get('vary')).toBe('Accept')
  })
})
