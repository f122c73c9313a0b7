import { readFileSync } from 'node:fs'
import { defineConfig, env } from 'hookline'
import { custom } from 'hookline/sources'
import { describe, expect, it } from 'vitest'
import { configured } from './configured.ts'

const page = readFileSync(new URL('../../../../docs/custom-source.md', import.meta.url), 'utf8')
const blocksOf = (language: string) =>
  [...page.matchAll(new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``, 'g'))].map(
    ([, code = '']) => code,
  )

/** References replaced by values, as the environment would give them. */
function valued(options: object): Record<string, unknown> {
  return JSON.parse(JSON.stringify(options), (_, value) =>
    typeof Object(value).env === 'string' ? 'a value' : value,
  ) as Record<string, unknown>
}

describe('docs/custom-source.md', () => {
  it('has options that custom takes', () => {
    const written = blocksOf('ts')
    expect(written.length).toBeGreaterThan(4)
    for (const code of written) {
      const { options } = new Function('custom', 'env', `return ${code}`)(custom, env)
      expect(() => configured(valued(options)), code).not.toThrow()
    }
  })

  it('has a config in JSON', () => {
    for (const code of blocksOf('json')) {
      const { sources } = defineConfig(JSON.parse(code))
      for (const use of Object.values(Object(sources))) {
        const { options } = use as { readonly options: object }
        expect(() => configured(valued(options)), code).not.toThrow()
      }
    }
  })

  it('links to headings that are there', () => {
    const reference = readFileSync(
      new URL('../../../../docs/reference/sources.md', import.meta.url),
      'utf8',
    )
    expect(reference).toContain('\n### Presets\n')
    expect(reference).toContain('\n## custom\n')
  })
})
