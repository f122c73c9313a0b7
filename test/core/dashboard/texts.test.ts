import { describe, expect, it } from 'vitest'
import { LANGUAGES, TEXTS } from '../../../core/dashboard/texts/texts.ts'

const SAME_IN_BOTH: ReadonlySet<string> = new Set(['common.product'])
const SAMPLES = ['1', '2', '3'] as const

/** Every text by its path. Texts with parameters are called with samples. */
function textsOf(value: unknown, path: string): [string, string][] {
  if (typeof value === 'string') return [[path, value]]
  if (typeof value === 'function') return [[path, String(value(...SAMPLES))]]
  return Object.entries(value as object).flatMap(([name, one]) =>
    textsOf(one, path === '' ? name : `${path}.${name}`),
  )
}

describe('the texts of the dashboard', () => {
  const [english, chinese] = LANGUAGES.map((language) => new Map(textsOf(TEXTS[language], '')))

  it('are there in both languages', () => {
    expect(english?.size).toBeGreaterThan(50)
    expect([...(chinese?.keys() ?? [])].toSorted()).toEqual([...(english?.keys() ?? [])].toSorted())
  })

  it('are nowhere empty or left in the other language', () => {
    const faults = [...(english ?? [])]
      .filter(([path]) => !SAME_IN_BOTH.has(path))
      .filter(([path, text]) => text.trim() === '' || chinese?.get(path)?.trim() === '')
    expect(faults).toEqual([])
    const untranslated = [...(chinese ?? [])]
      .filter(([path]) => !SAME_IN_BOTH.has(path) && !path.includes('otherLanguage'))
      .filter(
        ([path, text]) =>
          !/\p{Script=Han}/u.test(text) && /\p{L}{4,}/u.test(text) && text === english?.get(path),
      )
      .map(([path]) => path)
    expect(untranslated).toEqual([])
  })

  it('name every parameter in both languages', () => {
    const missing = [...(english ?? [])]
      .filter(([path, text]) =>
        SAMPLES.some((one) => text.includes(one) && !chinese?.get(path)?.includes(one)),
      )
      .map(([path]) => path)
    expect(missing).toEqual([])
  })
})
