import { describe, expect, it } from 'vitest'
import { builtInSources } from '../../../core/config/modules/built-in.ts'
import { jsonSchemaOf } from '../../../core/config/schema/json-schema.ts'

const sources = await builtInSources()

describe('every built-in source', () => {
  it.each(sources.map((source) => [source.name, source] as const))(
    '%s says where its URL is entered, and what can be generated',
    (_, { setup, options, generates }) => {
      expect(setup).toMatch(/\bURL\b/)
      expect(setup?.length).toBeLessThan(250)
      if (generates === undefined) return
      const { properties } = jsonSchemaOf(options, 'source') as { properties: object }
      const option = JSON.stringify((properties as Record<string, unknown>)[generates])
      expect(option).toContain('"writeOnly":true')
    },
  )
})
