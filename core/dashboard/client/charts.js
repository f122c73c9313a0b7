// Draws each element with `data-chart`: JSON with the starts of buckets, their width, and series with a tone.
/* global uPlot */
const drawn = new Map()

function drawAll() {
  for (const [element, { chart }] of drawn) {
    if (element.isConnected) continue
    chart.destroy()
    drawn.delete(element)
  }
  document.querySelectorAll('[data-chart]').forEach(draw)
}

function draw(element) {
  const key = `${element.dataset.chart} ${element.clientWidth} ${isDark.matches}`
  const before = drawn.get(element)
  if (before?.key === key) return
  before?.chart.destroy()
  const spec = JSON.parse(element.dataset.chart)
  const chart = new uPlot(optionsOf(element, spec), stacked(spec), element)
  drawn.set(element, { chart, key })
}

/** The values of each series on top of those of the series before it. The tallest is drawn first. */
function stacked({ times, series }) {
  const sums = times.map(() => 0)
  const tops = series.map(({ values }) => values.map((value, at) => (sums[at] += value ?? 0)))
  return [times, ...tops.toReversed()]
}

function optionsOf(element, { times, series, widthSeconds }) {
  const style = getComputedStyle(document.documentElement)
  const colour = (name) => style.getPropertyValue(`--${name}`)
  const axis = {
    stroke: resolve(element, colour('faint')),
    grid: { stroke: resolve(element, colour('line')), width: 1 },
    ticks: { show: false },
    font: '12px system-ui, sans-serif',
  }
  const bars = uPlot.paths.bars({ size: [0.9, 40], align: 1 })
  const values = new Intl.NumberFormat(document.documentElement.lang)
  const lines = series.toReversed().map(({ label, tone, values: own }) => ({
    label,
    fill: resolve(element, colour(tone)),
    width: 0,
    paths: bars,
    points: { show: false },
    value: (_chart, _top, _series, at) => (at === null ? '–' : values.format(own[at] ?? 0)),
  }))
  return {
    width: element.clientWidth,
    height: element.clientHeight,
    fmtDate: dateFormat,
    scales: {
      // To the end of the last bucket.
      x: { range: () => [times[0], times.at(-1) + widthSeconds] },
      y: { range: (_chart, _low, high) => [0, Math.max(4, Math.ceil(high * 1.1))] },
    },
    axes: [
      { ...axis, size: 30 },
      {
        ...axis,
        size: 44,
        incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 1e5, 1e6],
        values: (_chart, ticks) => ticks.map((tick) => values.format(tick)),
      },
    ],
    series: [{ value: (_chart, at) => (at === null ? '' : span(at, widthSeconds)) }, ...lines],
    cursor: { y: false, points: { show: false } },
  }
}

// The canvas takes no `light-dark()`, so the browser is asked what it means here.
function resolve(element, colour) {
  const probe = document.createElement('span')
  probe.style.color = colour
  element.append(probe)
  const { color } = getComputedStyle(probe)
  probe.remove()
  return color
}

function span(at, widthSeconds) {
  const format = new Intl.DateTimeFormat(document.documentElement.lang, {
    dateStyle: 'short',
    timeStyle: 'short',
  })
  return format.formatRange(new Date(at * 1000), new Date((at + widthSeconds) * 1000))
}

// Replaces the month names of the library, which are English.
function dateFormat() {
  const { lang } = document.documentElement
  const time = new Intl.DateTimeFormat(lang, {
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  })
  const day = new Intl.DateTimeFormat(lang, { month: 'short', day: 'numeric' })
  return (date) => (date.getHours() + date.getMinutes() === 0 ? day : time).format(date)
}

const isDark = matchMedia('(prefers-color-scheme: dark)')
isDark.addEventListener('change', drawAll)
addEventListener('resize', drawAll)
document.addEventListener('htmx:after:swap', drawAll)
drawAll()
