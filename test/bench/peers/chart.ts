import type { Named, Results } from './results.ts'

const WIDTH = 760
const BAR = 20
const STEP = 28
const LEFT = 230
const TITLE = 34
const GAP = 18

interface Bar extends Named {
  readonly perSecond: number
}

/** Two bar charts, readable on light and dark pages: accepted pushes, and programs. */
export function chart(results: Results): string {
  const { accepts, programs, largeBytes } = results
  const kb = (largeBytes / 1000).toFixed(1)
  const panels: readonly (readonly [string, readonly Bar[]])[] = [
    [
      `Accepted per second: signed pushes of ${kb} kB`,
      accepts.map((row) => ({ ...row, perSecond: row.large.perSecond })),
    ],
    ['Programs per second: /bin/true', programs.filter(({ program }) => program === 'true')],
    ['Programs per second: Python', programs.filter(({ program }) => program === 'python')],
  ]
  let top = 0
  const parts = panels.map(([title, bars]) => {
    const panel = panelAt(top, title, bars)
    top += TITLE + bars.length * STEP + GAP
    return panel
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${top}" role="img" aria-label="Figures of docs/performance.md">
<style>
  text { font: 14px system-ui, sans-serif; fill: #24292f }
  .title { font-weight: 600 }
  .bar { fill: #8c959f }
  .hookline { fill: #0969da }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .bar { fill: #6e7681 }
    .hookline { fill: #4493f8 }
  }
</style>
${parts.join('\n')}
</svg>
`
}

function panelAt(top: number, title: string, bars: readonly Bar[]): string {
  const most = Math.max(1, ...bars.map(({ perSecond }) => perSecond))
  const lines = bars.map(({ name, kind, perSecond }, index) => {
    const y = top + TITLE + index * STEP
    const width = Math.max(1, ((WIDTH - LEFT - 80) * perSecond) / most)
    const text = y + BAR - 5
    return [
      `<text x="${LEFT - 10}" y="${text}" text-anchor="end">${escapeXml(name.replaceAll('`', ''))}</text>`,
      `<rect x="${LEFT}" y="${y}" width="${width.toFixed(1)}" height="${BAR}" rx="2" class="bar ${kind}"/>`,
      `<text x="${(LEFT + width + 8).toFixed(1)}" y="${text}">${Math.round(perSecond).toLocaleString('en')}</text>`,
    ].join('')
  })
  return [`<text x="0" y="${top + 20}" class="title">${escapeXml(title)}</text>`, ...lines].join(
    '\n',
  )
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
