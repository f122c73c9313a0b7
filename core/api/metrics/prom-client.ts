import type * as prom from 'prom-client'
// @ts-expect-error: only the index has types.
import counter from 'prom-client/lib/counter.js'
// @ts-expect-error
import gauge from 'prom-client/lib/gauge.js'
// @ts-expect-error
import histogram from 'prom-client/lib/histogram.js'
// @ts-expect-error
import registry from 'prom-client/lib/registry.js'

// The parts of the library that are used. Its index also loads its collectors and, for them, the API of OpenTelemetry: 80
// modules, which every start would wait for.

export const Counter: typeof prom.Counter = counter
export type Counter<Label extends string = string> = prom.Counter<Label>
export const Gauge: typeof prom.Gauge = gauge
export type Gauge<Label extends string = string> = prom.Gauge<Label>
export const Histogram: typeof prom.Histogram = histogram
export const Registry: typeof prom.Registry = registry
export type Registry = prom.Registry
