import { describe, expect, it } from 'vitest'
import { hashBeginning, hashBeginnings, wordsOf } from '../../../core/projection/words.ts'

const COMMIT = '6dcb09b5b57875f334f61aebed695e2e4193db5e'

describe('the words of a text', () => {
  it.each([
    ['octo/hello-world', ['octo', 'hello', 'world']],
    ['refs/heads/Main', ['refs', 'heads', 'main']],
    ['pull_request.opened', ['pull', 'request', 'opened']],
    ['192.0.2.1', ['192', '0', '2', '1']],
    ['Straße, STRASSE', ['straße', 'strasse']],
    ['ＡＢＣ１２３', ['abc123']],
    ['naïve nai\u0308ve', ['naïve']],
    ['a a A', ['a']],
    [' \u0000\u0001 ✓ — ', []],
    ['部署失败', ['部署', '署失', '失败']],
    ['部', ['部']],
    ['v2版本发布', ['版本', '本发', '发布', 'v2']],
    ['リリース済み', ['リリ', 'リー', 'ース', 'ス済', '済み']],
    ['배포 실패', ['배포', '실패']],
    ['\ud800', []],
    ['x'.repeat(70), ['x'.repeat(64)]],
  ])('%j', (text, words) => {
    expect(wordsOf(text)).toEqual(words)
  })

  it.each([
    'Deploy of api-2.1 to PROD_eu, by dependabot[bot]',
    `${COMMIT} ${COMMIT.toUpperCase()} x`,
    `${'a'.repeat(64)}b ${'a'.repeat(64)}c`,
    'K\u007f0\u00001 \t\n~',
  ])('are the same beside a word that is not of ASCII: %j', (text) => {
    expect(wordsOf(`${text} é`)).toEqual([...wordsOf(text), 'é'])
  })

  it('end at a limit', () => {
    expect(
      wordsOf(Array.from({ length: 10_000 }, (_, n) => `w${n}`).join(' ')).length,
    ).toBeLessThan(300)
  })

  it('find what is looked for wherever it begins in a text without spaces', () => {
    const words = new Set(wordsOf('仓库的部署任务因超时而失败'))
    for (const part of ['部署', '部署任务', '超时', '失败', '因超时']) {
      expect(wordsOf(part).every((word) => words.has(word))).toBe(true)
    }
    expect(wordsOf('任署').every((word) => words.has(word))).toBe(false)
  })
})

describe('a hash', () => {
  it('is found by its beginning, of any length that people write', () => {
    const found = new Set([COMMIT, ...hashBeginnings(COMMIT)])
    for (let length = 7; length <= 40; length++) {
      const typed = COMMIT.slice(0, length)
      expect(found.has(hashBeginning(typed) ?? typed), typed).toBe(true)
    }
    expect(hashBeginning(COMMIT.slice(0, 6))).toBeNull()
    expect(hashBeginning('deploys')).toBeNull()
  })

  it('is not what looks a little like one', () => {
    for (const word of ['deadbeef', '20260131', 'facade', 'build-and-deploy']) {
      expect(hashBeginnings(word)).toEqual([])
    }
  })
})
