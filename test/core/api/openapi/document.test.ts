import { createConfig, lintFromString } from '@redocly/openapi-core'
import { describe, expect, it } from 'vitest'
import { openApiDocument } from '../../../../core/api/openapi/document.ts'
import { OPERATIONS } from '../../../../core/api/openapi/operations.ts'
import { OF_ITS_OWN, ROUTES } from '../access/table.ts'

describe('the OpenAPI document', () => {
  it('has no fault and no warning of Redocly', async () => {
    const config = await createConfig({ extends: ['recommended'] })
    const source = JSON.stringify(openApiDocument())
    const problems = await lintFromString({ source, config })
    expect(problems.map(({ ruleId, message }) => `${ruleId}: ${message}`)).toEqual([])
  })

  it('describes each object once', () => {
    const places = new Map<string, Set<string>>()
    const walk = (value: unknown, place: string, depth: number) => {
      if (typeof value !== 'object' || value === null) return
      if ('properties' in value && Object.keys(value.properties ?? {}).length > 2) {
        const text = JSON.stringify(value, (key, part) =>
          key === 'description' ? undefined : part,
        )
        places.set(text, (places.get(text) ?? new Set()).add(place))
      }
      for (const [key, part] of Object.entries(value))
        walk(part, depth < 3 ? `${place}/${key}` : place, depth + 1)
    }
    walk(openApiDocument(), '', 0)
    expect(places.size).toBeGreaterThan(50)
    expect([...places.values()].filter(({ size }) => size > 1)).toEqual([])
  })

  // Another test compares this table with the routes of the app.
  it('has exactly the routes', () => {
    const described = OPERATIONS.map(({ method, path }) => `${method.toUpperCase()} ${path}`)
    expect(described.toSorted()).toEqual([...Object.keys(ROUTES), ...OF_ITS_OWN].toSorted())
  })

  it('names the roles that the routes demand', () => {
    const described = OPERATIONS.map(({ method, path, role }) => {
      return [`${method.toUpperCase()} ${path}`, role] as const
    })
    const demanded = described.map(([call]) => {
      const route = ROUTES[call]
      return [call, route !== undefined && 'role' in route ? route.role : null] as const
    })
    // Whoever has no session may start one.
    expect(described).toEqual(demanded)
  })
})
