import { defineConfig } from 'hookline'
import { describe, expect, it } from 'vitest'
import { settingsSchema } from '../../../core/settings/settings.ts'

describe('the settings of retention', () => {
  it.each([
    { deliveries: { days: 0 } },
    { deliveries: { days: -1 } },
    { deliveries: { days: Number.POSITIVE_INFINITY } },
    { deliveries: { count: 0 } },
    { deliveries: { count: 1.5 } },
    { tasks: { days: '90' } },
    { logs: { count: 1 } },
    { everySeconds: 0 },
    { everySeconds: 1e9 },
    { unknown: true },
    null,
    [],
  ])('refuse %j', (retention) => {
    expect(settingsSchema.safeParse({ retention }).success).toBe(false)
  })

  it('keep deliveries for 90 days and output for 30', () => {
    expect(settingsSchema.parse({}).retention).toEqual({
      deliveries: { days: 90, count: null },
      tasks: { days: null, count: null },
      logs: { days: 30 },
      everySeconds: 3600,
    })
  })

  it('may be given in part, in a typed config too', () => {
    const { retention } = defineConfig({
      programs: {},
      retention: { deliveries: { days: 7 }, everySeconds: 60 },
    })
    expect(settingsSchema.parse({ retention }).retention).toEqual({
      deliveries: { days: 7, count: null },
      tasks: { days: null, count: null },
      logs: { days: 30 },
      everySeconds: 60,
    })
  })
})
