import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { NodeMetrics, type NodeMetricsOptions } from '../../core/api/metrics/node-metrics.ts'
import type { ProgramBacklog, RunningConfig } from '../../core/index.ts'
import { figuresOf } from './read-figures.ts'

const NOW = 1_000_000
const open: NodeMetrics[] = []
afterEach(() => {
  for (const metrics of open.splice(0)) metrics.close()
})

function createMetrics(
  backlog: () => Promise<readonly ProgramBacklog[]> = async () => [],
  more: Partial<NodeMetricsOptions> = {},
): NodeMetrics {
  const config = {
    sources: new Map([['github', {}]]),
    programs: new Map([
      ['deploy', {}],
      ['idle', {}],
    ]),
    settings: { node: { concurrency: 8 } },
  } as unknown as RunningConfig
  const metrics = new NodeMetrics({
    store: { backlog },
    config: () => config,
    configFault: () => null,
    running: () => 2,
    clock: () => NOW,
    ...more,
  })
  open.push(metrics)
  return metrics
}

describe('figures', () => {
  it('count deliveries by source, outcome and reason', async () => {
    const metrics = createMetrics()
    metrics.delivery('github', 'accepted', '')
    metrics.delivery('github', 'accepted', '')
    metrics.delivery('github', 'refused', 'delivery_refused')
    metrics.committed('github', 0.002)
    const figures = await figuresOf(metrics)
    const name = 'hookline_deliveries_total'
    expect(figures.get(`${name}{source="github",outcome="accepted",reason=""}`)).toBe(2)
    expect(
      figures.get(`${name}{source="github",outcome="refused",reason="delivery_refused"}`),
    ).toBe(1)
    expect(figures.get('hookline_accept_seconds_count{source="github"}')).toBe(1)
    expect(figures.get('hookline_accept_seconds_bucket{le="0.0025",source="github"}')).toBe(1)
    expect(figures.get('hookline_accept_seconds_bucket{le="0.001",source="github"}')).toBe(0)
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
  ])('make no label of a name that is not in the config (%#)', async (name) => {
    const metrics = createMetrics()
    metrics.delivery(name, 'refused', 'source_unknown')
    metrics.committed(name, 1)
    metrics.attempt({ program: name, status: 'failed', state: 'dead', seconds: 1 })
    const labels = [...(await figuresOf(metrics)).keys()].join('\n')
    expect(labels).toContain('{source="unknown",outcome="refused",reason="source_unknown"}')
    expect(labels).toContain('hookline_attempts_total{program="unknown",status="failed"}')
    if (name !== '') expect(labels).not.toContain(name)
  })

  it('tell attempts and ends apart', async () => {
    const metrics = createMetrics()
    const program = 'deploy'
    metrics.attempt({ program, status: 'failed', state: 'waiting', seconds: 2 })
    metrics.attempt({ program, status: 'succeeded', state: 'succeeded', seconds: 0.2 })
    metrics.attempt({ program, status: 'lost', state: null, seconds: 30 })
    const figures = await figuresOf(metrics)
    const attempts = (status: string) =>
      figures.get(`hookline_attempts_total{program="deploy",status="${status}"}`)
    expect([attempts('failed'), attempts('succeeded'), attempts('lost')]).toEqual([1, 1, 1])
    const settled = [...figures].filter(([name]) => name.startsWith('hookline_tasks_settled'))
    expect(settled).toEqual([
      ['hookline_tasks_settled_total{program="deploy",state="succeeded"}', 1],
    ])
    expect(figures.get('hookline_leases_lost_total')).toBe(1)
    expect(figures.get('hookline_attempt_seconds_sum{program="deploy"}')).toBeCloseTo(32.2)
  })

  it('do not mix between two nodes in one process', async () => {
    const [one, other] = [createMetrics(), createMetrics()]
    one.delivery('github', 'accepted', '')
    const name = 'hookline_deliveries_total{source="github",outcome="accepted",reason=""}'
    expect((await figuresOf(one)).get(name)).toBe(1)
    expect((await figuresOf(other)).has(name)).toBe(false)
  })

  it('tell of a faulty config, of reloads and of what was deleted', async () => {
    const metrics = createMetrics(undefined, { configFault: () => 'rules[0]: wrong' })
    metrics.configChanged(true)
    metrics.configChanged(false)
    metrics.pruned('deliveries', 7)
    metrics.pruneEnded(NOW)
    const figures = await figuresOf(metrics)
    expect(figures.get('hookline_config_faulty')).toBe(1)
    expect(figures.get('hookline_config_reloads_total{result="faulty"}')).toBe(1)
    expect(figures.get('hookline_pruned_total{kind="deliveries"}')).toBe(7)
    expect(figures.get('hookline_prune_last_end_timestamp_seconds')).toBe(1000)
  })
})

describe('the queue', () => {
  it('has a figure for every program of the config, and one for all others', async () => {
    const rows = [
      { program: 'deploy', waiting: 3, running: 1, oldestDueAt: NOW - 5000 },
      { program: 'gone', waiting: 2, running: 0, oldestDueAt: NOW - 1000 },
      { program: 'also-gone', waiting: 4, running: 1, oldestDueAt: NOW - 9000 },
      { program: 'still-gone', waiting: 1, running: 0, oldestDueAt: NOW + 9000 },
    ]
    const figures = await figuresOf(createMetrics(async () => rows))
    const of = (name: string, program: string) =>
      figures.get(`hookline_queue_${name}{program="${program}"}`)
    expect([of('waiting', 'deploy'), of('running', 'deploy')]).toEqual([3, 1])
    expect(of('oldest_seconds', 'deploy')).toBe(5)
    expect([of('waiting', 'idle'), of('oldest_seconds', 'idle')]).toEqual([0, 0])
    expect([of('waiting', 'unknown'), of('running', 'unknown')]).toEqual([7, 1])
    expect(of('oldest_seconds', 'unknown')).toBe(9)
    expect(figures.get('hookline_store_up')).toBe(1)
  })

  it('has no figures where the store fails, and all others are given', async () => {
    const metrics = createMetrics(async () => {
      throw new Error('gone')
    })
    const figures = await figuresOf(metrics)
    expect(figures.get('hookline_store_up')).toBe(0)
    expect(figures.get('hookline_store_scrape_failures_total')).toBe(1)
    expect([...figures.keys()].filter((name) => name.startsWith('hookline_queue'))).toEqual([])
    expect(figures.get('hookline_running_tasks')).toBe(2)
  })

  it('holds no scrape up where the store hangs, and asks it once', async () => {
    let asked = 0
    const hanging = Promise.withResolvers<readonly ProgramBacklog[]>()
    const metrics = createMetrics(() => {
      asked++
      return hanging.promise
    })
    const started = performance.now()
    const texts = await Promise.all(Array.from({ length: 20 }, () => figuresOf(metrics)))
    expect(performance.now() - started).toBeLessThan(4000)
    expect(texts.map((figures) => figures.get('hookline_store_up'))).toEqual(Array(20).fill(0))
    expect(asked).toBe(1)
    hanging.resolve([{ program: 'deploy', waiting: 1, running: 0, oldestDueAt: NOW }])
    await hanging.promise
    const figures = await figuresOf(metrics)
    expect(figures.get('hookline_queue_waiting{program="deploy"}')).toBe(1)
  })

  it('shares one answer of the store among scrapes at one time', async () => {
    let asked = 0
    const metrics = createMetrics(async () => {
      asked++
      return []
    })
    await Promise.all(Array.from({ length: 50 }, () => metrics.text()))
    expect(asked).toBe(1)
  })
})

describe('docs/observe.md', () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/observe.md'), 'utf8')

  it('has the figures as the registry has them', () => {
    const told = [...page.matchAll(/^\| `([a-z_0-9]+)(?:\{([a-z, ]+)\})?` \| (\w+) \|/gm)].map(
      ([, name, labels = '', type]) => `${name} {${labels}} ${type}`,
    )
    const made = describeFigures().map(
      ({ name, type, labelNames }) => `${name} {${labelNames.join(', ')}} ${type}`,
    )
    expect(told.toSorted()).toEqual(made.toSorted())
  })

  it('alerts on figures and labels that there are', () => {
    const figures = new Map(describeFigures().map(({ name, labelNames }) => [name, labelNames]))
    const rules = /^groups:[\s\S]*?^```$/m.exec(page)?.[0] ?? ''
    const used = [...rules.matchAll(/(hookline_[a-z_]+)(?:\{([^}]*)\})?/g)]
    expect(used.length).toBeGreaterThan(6)
    for (const [, name = '', matchers = ''] of used) {
      const labels = [...matchers.matchAll(/([a-z]+)!?=/g)].map(([, label]) => label)
      const known = figures.get(name.replace(/_bucket$/, ''))
      expect(known, name).toEqual(expect.arrayContaining(labels))
    }
  })
})

interface Described {
  readonly name: string
  readonly type: string
  readonly labelNames: readonly string[]
}

/** The type of the registry hides what each metric says of itself. */
function describeFigures(): readonly Described[] {
  return createMetrics().registry.getMetricsAsArray() as unknown as readonly Described[]
}
