import { expect, it } from 'vitest'
import { SECTION_PATHS } from '../../../core/dashboard/options.ts'
import { sourcePathSchema } from '../../../core/settings/webhook-path.ts'
import { ROUTES } from '../api/access/table.ts'

it('leaves every path that Hookline serves to it', () => {
  const routes = Object.keys(ROUTES).map((route) => route.split(' ')[1] ?? '')
  const words = [...routes, ...SECTION_PATHS, '/assets', '/sign-in'].map(
    (path) => path.split('/')[1],
  )
  const served = new Set(words.filter((word) => word !== undefined && word !== ''))
  expect(served.size).toBeGreaterThan(10)
  const free = [...served].filter((word) => sourcePathSchema.safeParse(`/${word}/x`).success)
  expect(free).toEqual([])
  expect(sourcePathSchema.safeParse('/hooks/deploy').success).toBe(true)
})
