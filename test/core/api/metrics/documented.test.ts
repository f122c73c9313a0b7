import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createMetrics } from './create-metrics.ts'

describe('docs/observe.md', () => {
  const page = readFileSync(join(import.meta.dirname, '../../../../docs/observe.md'), 'utf8')

  it('lists the metrics of the registry', () => {
    const documented = [
      ...page.matchAll(/^\| `([a-z_0-9]+)(?:\{([a-z_, ]+)\})?` \| (\w+) \|/gm),
    ].map(([, name, labels = '', type]) => `${name} {${labels}} ${type}`)
    const made = describeMetrics().map(
      ({ name, type, labelNames }) => `${name} {${labelNames.join(', ')}} ${type}`,
    )
    expect(documented.toSorted()).toEqual(made.toSorted())
  })

  it('alerts on metrics and labels that exist', () => {
    const rules = /^groups:[\s\S]*?^```$/m.exec(page)?.[0] ?? ''
    expect(checkUsed(rules)).toBeGreaterThan(6)
  })

  it('has a Grafana dashboard of metrics and labels that exist', () => {
    const file = join(import.meta.dirname, '../../../../docs/deploy/grafana.json')
    const { panels, templating, annotations } = JSON.parse(readFileSync(file, 'utf8'))
    const drawn = (panels as Panel[]).filter(({ type }) => type !== 'row')
    for (const { title, targets } of drawn) {
      const expressions = targets.map(({ expr }) => expr)
      expect(checkUsed(expressions.join('\n')), title).toBeGreaterThanOrEqual(expressions.length)
      // A legend names labels that the expression has kept.
      for (const { expr, legendFormat } of targets) {
        const kept = [/by \(([a-z_, ]+)\)/.exec(expr)?.[1]?.split(', ') ?? labelsOf(expr)].flat()
        const shown = [...legendFormat.matchAll(/{{(\w+)}}/g)].map(([, label]) => label)
        expect(kept, `${title}: ${legendFormat}`).toEqual(expect.arrayContaining(shown))
      }
    }
    expect(checkUsed(JSON.stringify([templating, annotations]))).toBeGreaterThanOrEqual(3)
    const cells = (panels as Panel[]).flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, at) => `${x + (at % w)} ${y + Math.floor(at / w)}`),
    )
    expect(new Set(cells).size).toBe(cells.length)
    expect(new Set((panels as Panel[]).map(({ id }) => id)).size).toBe(panels.length)
  })
})

interface Panel {
  readonly id: number
  readonly type: string
  readonly title: string
  readonly gridPos: Readonly<Record<'x' | 'y' | 'w' | 'h', number>>
  readonly targets: readonly { readonly expr: string; readonly legendFormat: string }[]
}

const USED = /\b((?:hookline|process|nodejs)_[a-z0-9_]+)\b(?:\{([^}]*)\})?/g

/** Counts the metrics that a text names. Each must exist, with the labels that it is chosen by. */
function checkUsed(text: string): number {
  const values = new Map(describeMetrics().map(({ name, labelNames }) => [name, labelNames]))
  const used = [...text.matchAll(USED)]
  for (const [, name = '', matchers = ''] of used) {
    const labels = [...matchers.matchAll(/([a-z_]+)!?=/g)].map(([, label]) => label)
    // Prometheus itself adds the instance.
    const known = ['instance', ...(values.get(name.replace(/_bucket$/, '')) ?? [])]
    expect(values.has(name.replace(/_bucket$/, '')), name).toBe(true)
    expect(known, name).toEqual(expect.arrayContaining(labels))
  }
  return used.length
}

/** The labels of the metric that an expression has. */
function labelsOf(expression: string): readonly string[] {
  const [, name = ''] = [...expression.matchAll(USED)][0] ?? []
  const { labelNames = [] } = describeMetrics().find((metric) => metric.name === name) ?? {}
  return ['instance', ...labelNames]
}

interface Described {
  readonly name: string
  readonly type: string
  readonly labelNames: readonly string[]
}

/** The type of the registry hides what each metric says of itself. */
function describeMetrics(): readonly Described[] {
  return createMetrics().registry.getMetricsAsArray() as unknown as readonly Described[]
}
