import { globSync, readFileSync } from 'node:fs'
import { join, sep } from 'node:path'

export const top = join(import.meta.dirname, '../../..')

/** All Markdown that people read, by its path from the top. */
export const PAGES: ReadonlyMap<string, string> = new Map(
  globSync(['README*.md', 'docs/**/*.md', 'examples/**/*.md'], { cwd: top })
    .map((file) => file.split(sep).join('/'))
    .toSorted()
    .map((file) => [file, readFileSync(join(top, file), 'utf8')]),
)

/** The text of a page. Throws if there is none. */
export function pageOf(file: string): string {
  const text = PAGES.get(file)
  if (text === undefined) throw new Error(`there is no page ${file}`)
  return text
}

/** A code block. */
export interface Block {
  readonly language: string
  readonly code: string
  /** Of the comment above it, such as `not run: it needs Alpine`. */
  readonly mark: string | null
}

export function blocksOf(text: string): readonly Block[] {
  const found = text.matchAll(/(?:^<!-- (.*) -->\n)?^```(\w*)\n([\s\S]*?)^```$/gm)
  return [...found].map(([, mark = null, language = '', code = '']) => ({ language, code, mark }))
}

/** The prose of a page: without code. */
function proseOf(text: string): string {
  return text
    .replace(/^```[\s\S]*?^```$/gm, '')
    .replace(/`[^`\n]*`/g, (code) => ' '.repeat(code.length))
}

/** The headings of a page, in their order. */
export function headingsOf(text: string): readonly { level: number; text: string }[] {
  const found = text.replace(/^```[\s\S]*?^```$/gm, '').matchAll(/^(#+) (.+)$/gm)
  return [...found].map(([, marks = '', heading = '']) => ({ level: marks.length, text: heading }))
}

/** Where a page links to, without addresses on the internet. */
export function linksOf(text: string): readonly string[] {
  const prose = proseOf(text)
  const found = [
    ...prose.matchAll(/\]\(<?([^)\s>]+)>?\)/g),
    ...prose.matchAll(/(?:src|srcset|href)="([^"]+)"/g),
  ]
  return found.map(([, link = '']) => link).filter((link) => !/^[a-z]+:/.test(link))
}
