import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { PACKAGE } from '../../../core/cli/invocation.ts'
import { anchorOf } from '../../../docs/.vitepress/anchor.ts'
import { blocksOf, headingsOf, linksOf, PAGES, pageOf, top } from './pages.ts'

const CHINESE = 'docs/zh-CN/'
const translated = [
  ['README.md', 'README.zh-CN.md'],
  ...[...PAGES.keys()]
    .filter((page) => page.startsWith(CHINESE))
    .map((page) => [page.replace(CHINESE, 'docs/'), page]),
] as [string, string][]

describe('the pages', () => {
  it('link only to files and headings that exist', () => {
    const links = [...PAGES].flatMap(([page, text]) =>
      linksOf(text).map((link) => ({ page, link })),
    )
    expect(links.length).toBeGreaterThan(500)
    const broken = links.filter(({ page, link }) => !resolves(page, link))
    expect(broken).toEqual([])
  })

  it('name addresses of this machine as code, since the site makes links of others', () => {
    const linked = [...PAGES].flatMap(([page, text]) => {
      const prose = text.replace(/^ *```.*?^ *```/gms, '').replace(/`[^`]*`/g, '')
      return (prose.match(/https?:\/\/(?:localhost|127\.)\S*/g) ?? []).map((link) => ({
        page,
        link,
      }))
    })
    expect(linked).toEqual([])
  })

  it('are all listed in docs/README.md, in both languages', () => {
    const pages = [...PAGES.keys()].filter((page) => /^docs\/[^/]+\.md$/.test(page))
    const missing = ['docs/README.md', `${CHINESE}README.md`].flatMap((index) => {
      const linked = linksOf(pageOf(index)).map((link) => join(dirname(index), link))
      return pages
        .filter((page) => page !== 'docs/README.md')
        .filter((page) => !linked.includes(page))
        .filter((page) => !linked.includes(page.replace('docs/', CHINESE)))
    })
    expect(missing).toEqual([])
  })

  it('install Hookline by no other name than its own', () => {
    const code = globSync(['core/**/*.ts', 'plugins/**/*.ts'], { cwd: top })
    const texts = [...PAGES, ...code.map((file) => [file, readFileSync(join(top, file), 'utf8')])]
    const installed = texts.flatMap(([file, text = '']) =>
      [...text.matchAll(/\b(?:npm|pnpm|yarn|bun) (?:i|install|add)\b([^\n`'"|]*)/g)]
        .flatMap(([, words = '']) => words.split(/[\s,]+/))
        .filter((word) => /^(@[\w-]+\/)?hookline(@.*)?$/.test(word) && word !== PACKAGE)
        .map((word) => ({ file, word })),
    )
    expect(installed).toEqual([])
  })

  it('let npx install nothing', () => {
    const history = 'docs/CHANGELOG.md'
    const pages = [...PAGES].filter(([page, text]) => page !== history && /npx hookline/.test(text))
    expect(pages.map(([page]) => page)).toEqual([])
  })
})

describe('the Chinese pages', () => {
  it.each(translated)('%s and %s have the same sections, marks and code', (english, chinese) => {
    const [one, other] = [pageOf(english), pageOf(chinese)]
    const levels = (text: string) => headingsOf(text).map(({ level }) => level)
    expect(levels(other)).toEqual(levels(one))
    const code = (text: string) =>
      blocksOf(text).map((block) => ({ ...block, code: bare(block.code) }))
    expect(code(other)).toEqual(code(one))
    expect(linksOf(one).map((link) => join(dirname(english), link))).toContain(chinese)
    expect(linksOf(other).map((link) => join(dirname(chinese), link))).toContain(english)
  })
})

/** Code without its comments, which are translated. */
function bare(code: string): string {
  return code.replace(/\s+(?:#|\/\/) .*$/gm, '')
}

function resolves(page: string, link: string): boolean {
  const [path = '', anchor] = link.split('#')
  const target = path === '' ? page : join(dirname(page), path)
  if (!existsSync(join(top, target))) return false
  if (anchor === undefined) return true
  const text = PAGES.get(target)
  return text !== undefined && anchorsOf(text).has(decodeURIComponent(anchor))
}

/** A heading that a page has twice gets a number. */
function anchorsOf(text: string): ReadonlySet<string> {
  const anchors = new Set<string>()
  for (const heading of headingsOf(text)) {
    const anchor = anchorOf(heading.text)
    let number = 0
    while (anchors.has(number === 0 ? anchor : `${anchor}-${number}`)) number += 1
    anchors.add(number === 0 ? anchor : `${anchor}-${number}`)
  }
  return anchors
}
